import { basename } from 'node:path';
import {
  counted,
  lookAlikes,
  PolytagError,
  printable,
  visibleSpellings,
  type LabelCounts,
} from '@polytag/core';
import { readLabelFile, sharedImages, type LabelledDataset } from '@polytag/datasets';
import { labelFilePath, type RunConfig } from '../config/run-config.js';

/** Groups and images that one line names. */
const SHOWN = 3;

/** Labels that differ in nothing that a reader would take for a difference, a line with a remark; none where all differ. */
export function lookAlikeWarnings(
  labels: Iterable<string>,
  remark = 'merge them with polytag-train prepare json --normalise-labels, or prepare of another format',
): string[] {
  const groups = lookAlikes(labels);
  if (groups.length === 0) return [];
  const shown = groups.slice(0, SHOWN).map((group) =>
    visibleSpellings(group)
      .map((one) => printable(one))
      .join(' and '),
  );
  const more = groups.length > SHOWN ? `, and ${groups.length - SHOWN} more` : '';
  return [`warning: labels that look alike are separate labels: ${shown.join('; ')}${more} ` + `(${remark})`];
}

/** Labels of which nothing is known, and those that no training image is known not to have, a line each; none where there is no such. */
export function unlearnableWarnings({ labels, negatives, positives }: LabelCounts): string[] {
  const unheardOf = labels.names.filter((_, k) => !(positives[k] > 0) && !(negatives[k] > 0));
  const unknown =
    unheardOf.length === 0
      ? []
      : [
          `warning: ${counted(unheardOf.length, 'label is', 'labels are')} unknown in every training image, so the model cannot learn ${unheardOf.length === 1 ? 'it' : 'them'}: ` +
            `${unheardOf
              .slice(0, SHOWN)
              .map((name) => printable(name))
              .join(', ')}${unheardOf.length > SHOWN ? ` and ${unheardOf.length - SHOWN} more` : ''}`,
        ];
  return [...unknown, ...withoutNegatives({ labels, negatives, positives })];
}

function withoutNegatives({ labels, negatives, positives }: LabelCounts): string[] {
  const names = labels.names.filter((_, k) => positives[k] > 0 && !(negatives[k] > 0));
  if (names.length === 0) return [];
  const shown = names.slice(0, SHOWN).map((name) => printable(name));
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return [
    `warning: ${counted(names.length, 'label is', 'labels are')} never known to be absent in training: ${shown.join(', ')}${more}: ` +
      'the model will predict them everywhere (list some images under "absent" in the label file)',
  ];
}

/** Whether validation images are training images too, by content, a line; none where none is. */
export async function overlapWarnings(
  train: LabelledDataset,
  validation: LabelledDataset,
): Promise<string[]> {
  const shared = await sharedImages(train.images, validation.images);
  if (shared.length === 0) return [];
  const name = printable(basename(validation.source));
  const consequence = 'the score does not show how well the model does on new photographs';
  if (shared.length === validation.images.length) {
    return [
      `warning: ${shared.length === 1 ? `the only validation image (${name}) is also a training image` : `all ${shared.length} validation images (${name}) are also training images`}: ${consequence}`,
    ];
  }
  const shown = shared
    .slice(0, SHOWN)
    .map(({ first, second }) =>
      first.path === second.path
        ? `"${printable(second.name)}"`
        : `"${printable(second.name)}" (in training "${printable(first.name)}")`,
    );
  const more = shared.length > SHOWN ? ` and ${shared.length - SHOWN} more` : '';
  return [
    `warning: ${shared.length} of the ${validation.images.length} validation images (${name}) ${shared.length === 1 ? 'has' : 'have'} the same content as training images: ` +
      `${shown.join(', ')}${more}: ${consequence}`,
  ];
}

/**
 * What is wrong with the label files of a new config, a line each. The config is of use all the same: the files may be
 * on another machine, or not made yet. What is there and no file (a pipe, a folder) is an error.
 *
 * @throws DataError `data/not-a-file`
 */
export async function initWarnings({ data }: RunConfig): Promise<string[]> {
  const read = (file: string) =>
    readLabelFile(labelFilePath(data, file), { unknownLabels: data.unknownLabels });
  try {
    const train = await read(data.train);
    const warnings = lookAlikeWarnings(train.labels.names);
    return data.val === null
      ? warnings
      : [...warnings, ...(await overlapWarnings(train, await read(data.val)))];
  } catch (error) {
    if (!(error instanceof PolytagError) || error.code === 'data/not-a-file') throw error;
    return [`warning: ${error.message}`, ...(error.hint ? [`  hint: ${error.hint}`] : [])];
  }
}
