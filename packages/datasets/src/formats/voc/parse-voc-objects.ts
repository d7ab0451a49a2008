import { DataError } from '@polytag/core';
import { XmlElement } from '@rgrove/parse-xml';
import { flagOf } from '../csv/flag.js';
import { parseXmlText } from '../parse-xml-text.js';

/** An `<object>` of a VOC annotation. */
export interface VocObject {
  readonly name: string;
  readonly difficult: boolean;
}

/**
 * Parses the objects of a VOC annotation, in the order of the file. Parts of an object, which have names too, are not
 * objects. Element names match in any case. An object is difficult if `<difficult>` is yes.
 *
 * @param source what errors call the file
 * @param readsDifficult whether difficult objects matter; if not, `<difficult>` may have any content
 * @throws DataError `data/not-xml`, with line and column; `data/label-file-format`
 */
export function parseVocObjects(text: string, source: string, readsDifficult = true): VocObject[] {
  const { root } = parseXmlText(text, source, 'Check that the file is complete.');
  if (root?.name.toLowerCase() !== 'annotation') {
    throw formatError(source, `the root element is <${root?.name}>; expected <annotation>`);
  }
  const objects = childrenOf(root, 'object');
  // Objects that stand elsewhere would be passed over, and the image taken for one without any.
  const parent = objects.length === 0 ? parentOfObjects(root) : undefined;
  if (parent) throw formatError(source, `its objects are in <${parent.name}>; expected <annotation>`);
  return objects.map((object, i) => {
    const name = textOf(object, 'name');
    if (!name) throw formatError(source, `object ${i + 1} has no <name>`);
    const difficult = textOf(object, 'difficult') ?? '';
    const flag = flagOf(difficult);
    // "Unspecified" is what published files have where nobody judged the object.
    if (!readsDifficult) return { name, difficult: false };
    if (flag === 'minus-one' || (flag === undefined && difficult.toLowerCase() !== 'unspecified')) {
      throw formatError(source, `<difficult> of object ${i + 1} is "${difficult}"; expected 0 or 1`);
    }
    return { name, difficult: flag === 'present' };
  });
}

function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && child.name.toLowerCase() === name,
  );
}

/** An element inside another that contains objects. */
function parentOfObjects(root: XmlElement): XmlElement | undefined {
  const inner = (element: XmlElement) => element.children.filter((child) => child instanceof XmlElement);
  for (const elements = inner(root); elements.length > 0;) {
    const element = elements.pop()!;
    if (childrenOf(element, 'object').length > 0) return element;
    elements.push(...inner(element));
  }
  return undefined;
}

function textOf(element: XmlElement, name: string): string | undefined {
  return childrenOf(element, name)[0]?.text.trim();
}

function formatError(source: string, reason: string): DataError {
  return new DataError('data/label-file-format', `${source} is not a VOC annotation: ${reason}.`, {
    hint: 'Expected <annotation><object><name>dog</name><difficult>0</difficult>…</object>…</annotation>.',
  });
}
