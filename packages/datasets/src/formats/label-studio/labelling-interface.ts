import { XmlElement, type XmlDocument } from '@rgrove/parse-xml';
import { parseXmlText } from '../parse-xml-text.js';

/** The labels of a labelling interface (the XML of a project). */
export interface LabellingInterface {
  /** Every label that can be chosen. */
  readonly labels: readonly string[];
  /** The names of the controls that choose them. */
  readonly controls: readonly string[];
  /** The key of the image in a task's data. */
  readonly imageField?: string;
}

const WHERE_IT_IS =
  'Expected the labelling interface of the project: copy it from Settings, Labeling Interface, Code.';

/**
 * Parses the XML of a labelling interface: the `Choice` and `Label` elements of all controls, and its `Image`.
 *
 * @param source what errors call the file
 * @throws DataError `data/not-xml`
 */
export function parseLabellingInterface(text: string, source: string): LabellingInterface {
  const elements = [...elementsOf(parseXmlText(text, source, WHERE_IT_IS))];
  const labels = elements
    .filter(({ name }) => /^(?:choice|label)$/i.test(name))
    // What is exported of a choice with an alias is the alias.
    .map(({ attributes }) => attributes['alias'] ?? attributes['value'] ?? '')
    .filter((label) => label !== '');
  const controls = elements
    .filter(({ name }) => /(?:choices|labels|taxonomy)$/i.test(name))
    .flatMap(({ attributes }) => attributes['name'] ?? []);
  const image = elements.find(({ name }) => name.toLowerCase() === 'image')?.attributes['value'];
  return { labels: [...new Set(labels)], controls, imageField: /^\$(.+)$/.exec(image ?? '')?.[1] };
}

function* elementsOf({ children }: XmlDocument | XmlElement): Generator<XmlElement> {
  for (const child of children) {
    if (!(child instanceof XmlElement)) continue;
    yield child;
    yield* elementsOf(child);
  }
}
