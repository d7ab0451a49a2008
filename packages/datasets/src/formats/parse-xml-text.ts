import { DataError } from '@polytag/core';
import { parseXml, XmlError, type XmlDocument } from '@rgrove/parse-xml';

/**
 * Parses XML text.
 *
 * @param source what errors call the file
 * @param hint what to do if the file is not XML
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
