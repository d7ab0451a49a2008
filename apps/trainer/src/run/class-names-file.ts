import { UsageError } from '@polytag/core';
import { readTextFile } from '@polytag/files';
import * as z from 'zod';
import type { ModelSection } from '../config/run-config.js';

/** Thousands of names are a few hundred kilobytes. */
const MAX_BYTES = 64 * 2 ** 20;
const names = z.array(z.union([z.string(), z.int()])).min(1);
const fileSchema = z.union([names, z.object({ classes: names }).transform(({ classes }) => classes)]);

/**
 * `model.weightsLabels`: class names in the order of the weights. A file has one a line, or is JSON: a list, or an object
 * with a list `classes`, such as a label file.
 *
 * @throws UsageError `usage/class-names`, and those of `readTextFile`
 */
export async function readClassNames(
  labels: NonNullable<ModelSection['weightsLabels']>,
): Promise<readonly string[] | 'sorted'> {
  if (labels === 'sorted') return labels;
  if (typeof labels !== 'string') return labels.map(String);
  const refused = (reason: string, cause?: unknown) =>
    new UsageError('usage/class-names', `"model.weightsLabels": ${labels} ${reason}.`, {
      hint: 'Write one name a line, in the order of the weights, or JSON: ["person", "bicycle"].',
      cause,
    });
  const text = await readTextFile(labels, {
    ...{ what: 'list of class names', kind: 'usage', maxBytes: MAX_BYTES },
    hint: '"model.weightsLabels" names it. Write one name a line, or JSON: ["person", "bicycle"].',
  });
  if (!/^\s*[[{]/.test(text)) {
    const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
    const listed = lines.filter((line) => line !== '');
    if (listed.length === 0) throw refused('names no class');
    return listed;
  }
  try {
    return fileSchema.parse(JSON.parse(text)).map(String);
  } catch (cause) {
    throw refused('is no list of class names', cause);
  }
}
