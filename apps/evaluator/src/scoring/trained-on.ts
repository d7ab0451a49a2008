import { basename } from 'node:path';
import { printable } from '@polytag/core';
import { contentDigests, type LabelledDataset } from '@polytag/datasets';
import type { KnownTraining } from '@polytag/model';

/** Whether a model was trained on images of a data set, a line; none where it was not, or where it does not know. */
export async function trainedOnWarnings(
  { trainedOn, trainedOnError }: KnownTraining,
  { images, source }: LabelledDataset,
): Promise<string[]> {
  if (trainedOnError)
    return [`warning: ${trainedOnError.message} Whether the model was trained on these images is unknown.`];
  if (!trainedOn) return [];
  const digests = await contentDigests(images.map(({ path }) => path));
  const { among, of } = trainedOn.count(digests.filter((digest) => digest !== undefined));
  if (among === 0) return [];
  // Of a sample only the share is known.
  const part =
    among === of
      ? `all ${images.length} images`
      : `${of < images.length ? 'about ' : ''}${Math.round((among / of) * images.length)} of the ${images.length} images`;
  return [
    `warning: the model was trained on ${part} of ${printable(basename(source))}: scores on them do not show how well it does on new photographs, ` +
      'and thresholds or a calibration fitted on them are biased. Use held-out images, such as val.json.',
  ];
}
