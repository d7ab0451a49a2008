import { DataError } from '@polytag/core';
import { parseXml, XmlError, type XmlDocument } from '@rgrove/parse-xml';

/**
 * The document of an XML text.
 *
 * @param source how errors name the file
 * @param hint what to do about a file that is no XML
 * @throws DataError `data/not-xml`, with line and column
 */
export function parseXmlText(text: string, source: string, hint: string): XmlDocument {
  try {
    return parseXml(text);
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause;
    const [reason] = cause.message.split('\n');
    throw new DataError('data/not-xml', `${source} cannot be parsed as XML: ${reason}.`, {
      hint: /reference|entity/i.test(reason) ? 'In XML, & is written &amp;, and < is written &lt;.' : hint,
      cause,
    });
  }
}
