import { CheckpointError, printable } from '@polytag/core';
import { classesOf, type ShapeMismatch } from './match-keys.js';

/** Keys told in one message; the rest is counted. */
const SHOWN = 5;

export function listed(keys: readonly string[]): string {
  const rest = keys.length - SHOWN;
  return (
    keys
      .slice(0, SHOWN)
      .map((key) => printable(key))
      .join(', ') + (rest > 0 ? ` and ${rest} more` : '')
  );
}

/**
 * Throws unless every wanted parameter is in the file and fits.
 *
 * @param source the file, for messages
 * @param classes labels of the model
 * @throws CheckpointError `checkpoint/shape-mismatch`, `checkpoint/missing-key`
 */
export function refuseMisfits(
  source: string,
  classes: number,
  {
    missing,
    mismatched,
  }: { readonly missing: readonly string[]; readonly mismatched: readonly ShapeMismatch[] },
): void {
  const stored = classesOf(mismatched, classes);
  if (stored !== undefined) {
    throw new CheckpointError(
      'checkpoint/shape-mismatch',
      `${source}: the weights have ${stored} labels, but the model has ${classes}.`,
      { hint: 'Use the labels that the weights were trained with.' },
    );
  }
  if (mismatched.length > 0) {
    const shapes = mismatched.map(
      ({ key, expected, found }) => `${key} is [${found}], expected [${expected}]`,
    );
    throw new CheckpointError(
      'checkpoint/shape-mismatch',
      `${source} does not match the model: ${listed(shapes)}.`,
      {
        hint: 'The weights belong to another architecture, width or variant.',
      },
    );
  }
  if (missing.length > 0) {
    throw new CheckpointError('checkpoint/missing-key', `${source} lacks ${listed(missing)}.`, {
      hint: 'The weights belong to another architecture or variant, or the file is incomplete.',
    });
  }
}
