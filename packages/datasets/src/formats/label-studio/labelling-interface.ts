import { XmlElement, type XmlDocument } from '@rgrove/parse-xml';
import { parseXmlText } from '../parse-xml-text.js';

/** What a labelling interface (the XML of a project) says of its labels. */
export interface LabellingInterface {
  /** Every label that can be chosen. */
  readonly labels: readonly string[];
  /** The names of the controls with which they are chosen. */
  readonly controls: readonly string[];
  /** The key of a task's data that has the image. */
  readonly imageField?: string;
}

const WHERE_IT_IS =
  'Expected the labelling interface of the project: copy it from Settings, Labeling Interface, Code.';

/**
 * Reads the XML of a labelling interface: the `Choice` and `Label` elements of all its controls, and its `Image`.
 *
 * @param source how errors name the file
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
