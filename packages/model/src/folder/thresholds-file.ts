import { DataError, type LabelVocabulary, plainIssue, printable } from '@polytag/core';
import * as z from 'zod';
import { anyKeys } from './any-keys.js';

/**
 * `thresholds.json`: a label is predicted when its score reaches its threshold. With `flip` scores are the mean of an image
 * and its mirror image.
 */
export const thresholdsFileSchema = z.object({
  flip: z.boolean().default(false),
  thresholds: anyKeys(z.number().min(0).max(1)),
});

/** A number for each label, in the order of the vocabulary. */
export interface OrderedThresholds {
  readonly thresholds: readonly number[];
  /** Whether scores are the mean of an image and its mirror image. */
  readonly flip: boolean;
}

/**
 * The thresholds in the order of the vocabulary.
 *
 * @param refuse makes the error of what is wrong with the file
 */
export function orderThresholds(
  { thresholds, flip }: z.output<typeof thresholdsFileSchema>,
  labels: LabelVocabulary,
  refuse: (problem: string) => Error,
): OrderedThresholds {
  const other = Object.keys(thresholds).find((name) => labels.indexOf(name) === undefined);
  if (other !== undefined) throw refuse(`has a threshold for "${printable(other)}", which is not a label`);
  const ordered = labels.names.map((name) => {
    if (Object.hasOwn(thresholds, name)) return thresholds[name];
    throw refuse(`has no threshold for "${printable(name)}"`);
  });
  return { thresholds: ordered, flip };
}

/**
 * Parses thresholds from `{"thresholds": {"LABEL": 0.5, …}}`: a number from 0 to 1 for every label.
 *
 * @param source name of the file in errors
 * @returns thresholds in vocabulary order
 * @throws DataError `data/thresholds`
 */
export function parseThresholds(text: string, labels: LabelVocabulary, source: string): OrderedThresholds {
  const refuse = (problem: string) =>
    new DataError('data/thresholds', `${source} ${problem}.`, {
      hint: 'Expected {"thresholds": {"LABEL": 0.5, …}} with a number from 0 to 1 for every label of the model.',
    });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw refuse(`cannot be parsed as JSON: ${printable((cause as Error).message)}`);
  }
  const result = thresholdsFileSchema.safeParse(given);
  if (result.success) return orderThresholds(result.data, labels, refuse);
  const [{ path, message }] = result.error.issues;
  throw refuse(
    `is not a list of thresholds: ${printable(path.join('.')) || 'the file'}: ${plainIssue(message)}`,
  );
}
