import type { Tensor2D } from '@tensorflow/tfjs-core';
import { defineLoss, type ElementwiseLoss } from '@polytag/core';
import * as z from 'zod/mini';
import { asl, asymmetricLossNamed } from './asl.js';
import { checked, epsilon, labelSmoothing } from './options.js';
import { positiveWeight } from './positive-weight.js';

// Binary cross entropy; docs/method.md#bce. With x = scale·logit, p = σ(x) and targets y:
//
//   loss = −w·y·ln max(p, ε) − (1 − y)·ln max(1 − p, ε)
//
// It is the equation of asl.ts with γ₊ = γ₋ = 0 and no probability margin, and runs in its code and kernel.

export const bceSchema = z.strictObject({
  /** Default 0. */
  labelSmoothing,
  /** Default 1e-8. */
  epsilon,
  /** w: weight of positives: a number, a table by label, or `balanced` (docs/method.md#positive-weight). Default 1. */
  positiveWeight,
});
export type BinaryCrossEntropyOptions = z.input<typeof bceSchema>;

const UNFOCUSED = { gammaNeg: 0, gammaPos: 0, probabilityMargin: 0, focusGradient: true } as const;

/**
 * Binary cross entropy of σ(scale·z): −w·y·ln max(p, ε) − (1 − y)·ln max(1 − p, ε), where w is `positiveWeight`. It is the asymmetric loss
 * without focusing and margin, so it keeps that loss's ε: a probability below ε passes no gradient.
 *
 * @param logits [B, K]
 * @param targets [B, K]: 1 present, 0 absent, soft values between, negative ignored
 * @param options see `bceSchema`; `scale` multiplies the logits, default 1
 * @returns [B, K], each element >= 0
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/loss-scale`, `usage/loss-shapes`
 */
export function bce(
  logits: Tensor2D,
  targets: Tensor2D,
  { scale = 1, ...options }: BinaryCrossEntropyOptions & { scale?: number } = {},
): Tensor2D {
  return asl(logits, targets, { ...checked('bce', bceSchema, options), ...UNFOCUSED, scale });
}

/**
 * `bce` as a `Loss` for training.
 *
 * @example
 * const loss = binaryCrossEntropy({ positiveWeight: 'balanced' }).forLabels(labelCounts(dataset));
 */
export function binaryCrossEntropy(options: BinaryCrossEntropyOptions = {}): ElementwiseLoss<'logits'> {
  return asymmetricLossNamed('bce', { ...checked('bce', bceSchema, options), ...UNFOCUSED });
}

/** The loss `bce` for config files. */
export const bceDefinition = defineLoss({ name: 'bce', options: bceSchema, create: binaryCrossEntropy });
export default bceDefinition;
