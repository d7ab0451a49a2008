import { UsageError, validate } from '@polytag/core';
import { z } from 'zod';

/** Degree e of label smoothing: positives become 1 − e, negatives e. */
export const labelSmoothing = z.number().min(0).lt(1).default(0);
/** Focusing exponent. */
export const gamma = z.number().min(0);
/** What is added to the probability of absence, up to 1. */
export const probabilityMargin = z.number().min(0).max(1).default(0.05);
/** Lower bound of a probability inside a logarithm. */
export const epsilon = z.number().gt(0).lt(1).default(1e-8);

/**
 * Options with their defaults.
 * @throws UsageError `usage/unknown-key`, `usage/invalid`
 */
export function checked<Schema extends z.ZodType>(
  loss: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  return validate(schema, options, { source: `options of loss "${loss}"` });
}

/** The factor of the raw outputs inside the sigmoid; it belongs to the head. */
export function checkedScale(loss: string, scale: number): number {
  if (Number.isFinite(scale) && scale > 0) return scale;
  throw new UsageError('usage/loss-scale', `scale of loss "${loss}" is ${scale}`, {
    hint: 'give the scale of the head, a number above 0',
  });
}
