import type { ClassName } from '@polytag/core';
import * as z from 'zod';
import { parseJson } from '../parse-json.js';

const className = z.union([z.string().min(1), z.int()], { error: 'expected a name or an integer' });
const labels = z.array(className, { error: 'expected a list of labels' });
const image = z.tuple(
  [z.string().min(1), labels, z.strictObject({ unknown: labels.optional() }).optional()],
  {
    error: 'expected [path, [label, …]], or these and {"unknown": [label, …]}',
  },
);

/** `{"classes": [name, …], "images": [[path, [name, …]], …]}`; other keys are allowed and ignored. */
const labelFileSchema = z.object({ classes: z.array(className), images: z.array(image) });

export interface LabelFile {
  readonly classes: readonly ClassName[];
  /** `unknown` are labels of which nobody knows whether the image has them; all others that are not listed are absent. */
  readonly images: readonly (readonly [
    path: string,
    labels: readonly ClassName[],
    more?: { readonly unknown?: readonly ClassName[] },
  ])[];
}

/**
 * Reads the text of a label file.
 *
 * @param source how errors name the file
 * @throws DataError `data/not-json`, with line and column where the parser tells them; `data/annotation-format` with the place in the file
 */
export function parseLabelFile(text: string, source: string): LabelFile {
  return parseJson(text.startsWith('\uFEFF') ? text.slice(1) : text, labelFileSchema, {
    source,
    what: 'not a label file',
    hint: 'Expected {"classes": ["cat", …], "images": [["images/1.jpg", ["cat", …]], …]}.',
  });
}
