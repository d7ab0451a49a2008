import { UsageError } from '@polytag/core';
import { readTextFile } from '@polytag/files';
import * as z from 'zod';

/** Thousands of names are a few hundred kilobytes. */
const MAX_BYTES = 64 * 2 ** 20;
const names = z.array(z.union([z.string(), z.int()])).min(1);
const fileSchema = z.union([names, z.object({ classes: names }).transform(({ classes }) => classes)]);

/**
 * Reads the class names of weights from a config (`weightsLabels`), in the order of the weights: a list of names; a
 * file with one name a line, or JSON with a list or an object with a list `classes`, such as a label file; or `sorted`.
 *
 * @param place place of the model in the config, e.g. `mutual.models.0`
 * @throws UsageError `usage/class-names`, and those of `readTextFile`
 */
export async function readClassNames(
  labels: string | readonly (string | number)[],
  place = 'model',
): Promise<readonly string[] | 'sorted'> {
  if (labels === 'sorted') return labels;
  if (typeof labels !== 'string') return labels.map(String);
  const refused = (reason: string, cause?: unknown) =>
    new UsageError('usage/class-names', `"${place}.weightsLabels": ${labels} ${reason}.`, {
      hint: 'Write one label per line, in the order of the weights, or JSON: ["person", "bicycle"].',
      cause,
    });
  const text = await readTextFile(labels, {
    what: 'list of labels',
    kind: 'usage',
    maxBytes: MAX_BYTES,
    hint: `The file was given with --set ${place}.weightsLabels=FILE. Write one label per line, or JSON: ["person", "bicycle"].`,
  });
  if (!/^\s*[[{]/.test(text)) {
    const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
    const listed = lines.filter((line) => line !== '');
    if (listed.length === 0) throw refused('contains no label');
    return listed;
  }
  try {
    return fileSchema.parse(JSON.parse(text)).map(String);
  } catch (cause) {
    throw refused('is not a list of labels', cause);
  }
}
