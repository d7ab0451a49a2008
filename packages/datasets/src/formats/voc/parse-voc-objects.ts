import { DataError } from '@polytag/core';
import { XmlElement } from '@rgrove/parse-xml';
import { flagOf } from '../csv/flag.js';
import { parseXmlText } from '../parse-xml-text.js';

/** One `<object>` of a VOC annotation. */
export interface VocObject {
  readonly name: string;
  readonly difficult: boolean;
}

/**
 * The objects of a VOC annotation, in the order of the file. Parts of an object, which have names of their own, are
 * not objects. Names of elements count in any case; an object is difficult where `<difficult>` says yes.
 *
 * @param source how errors name the file
 * @throws DataError `data/not-xml`, with line and column; `data/label-file-format`
 */
export function parseVocObjects(text: string, source: string): VocObject[] {
  const { root } = parseXmlText(text, source, 'Check that the file is complete.');
  if (root?.name.toLowerCase() !== 'annotation') {
    throw formatError(source, `the outermost element is <${root?.name}>, not <annotation>`);
  }
  return childrenOf(root, 'object').map((object, i) => {
    const name = textOf(object, 'name');
    if (!name) throw formatError(source, `object ${i + 1} has no <name>`);
    const difficult = textOf(object, 'difficult') ?? '';
    const flag = flagOf(difficult);
    // "Unspecified" is what published files have where nobody judged the object.
    if (flag === 'minus-one' || (flag === undefined && difficult.toLowerCase() !== 'unspecified')) {
      throw formatError(source, `<difficult> of object ${i + 1} is "${difficult}", not 0 or 1`);
    }
    return { name, difficult: flag === 'present' };
  });
}

function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && child.name.toLowerCase() === name,
  );
}

function textOf(element: XmlElement, name: string): string | undefined {
  return childrenOf(element, name)[0]?.text.trim();
}

function formatError(source: string, reason: string): DataError {
  return new DataError('data/label-file-format', `${source} is not a VOC annotation: ${reason}.`, {
    hint: 'Expected <annotation><object><name>dog</name><difficult>0</difficult>…</object>…</annotation>.',
  });
}
