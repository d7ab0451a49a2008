import { DataError, printable } from '@polytag/core';
import type { LabelledDataset } from './labelled-dataset.js';
import { summarise } from './summarise.js';

/**
 * Throws unless some label of some image is known, so that there is something to learn or evaluate.
 *
 * @throws DataError `data/nothing-known`
 */
export function assertSomethingKnown(dataset: LabelledDataset): void {
  const { images, labels, unknown } = summarise(dataset);
  if (unknown < images * labels.length) return;
  throw new DataError(
    'data/nothing-known',
    `${printable(dataset.source, 400)} has no image with a known label.`,
    { hint: 'Label some images, or list under "absent" the labels that images do not have.' },
  );
}
