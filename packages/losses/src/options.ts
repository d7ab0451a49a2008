import { UsageError, validate } from '@polytag/core';
import * as z from 'zod/mini';

/** A number from 0 to 1. */
export const fraction = (byDefault: number) =>
  z._default(z.number().check(z.minimum(0), z.maximum(1)), byDefault);
/** Degree e of label smoothing: positives become 1 − e, negatives e. */
export const labelSmoothing = z._default(z.number().check(z.minimum(0), z.lt(1)), 0);
/** Focusing exponent. */
export const gamma = z.number().check(z.minimum(0));
/** The same for a loss that has one for positives and negatives. */
export const focusingExponent = z._default(gamma, 2);
/** Subtracted from the logit of positives. */
export const positiveMargin = z._default(z.number().check(z.minimum(0)), 1);
/** Added to the probability of absence, up to 1. */
export const probabilityMargin = fraction(0.05);
/** Lower bound of a probability inside a logarithm. */
export const epsilon = z._default(z.number().check(z.gt(0), z.lt(1)), 1e-8);

/**
 * Options with their defaults.
 * @throws UsageError `usage/unknown-key`, `usage/invalid`
 */
export function checked<Schema extends z.core.$ZodType>(
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
    hint: 'use the scale of the head, a number above 0',
  });
}
