import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Loss } from '@polytag/core';
import * as z from 'zod/mini';
import { asl, asymmetricLoss } from '../asl/asymmetric-loss.js';
import { checked, epsilon, labelSmoothing } from '../options.js';

export const bceOptions = z.strictObject({
  /** Default 0. */
  labelSmoothing,
  /** Default 1e-8. */
  epsilon,
});
export type BinaryCrossEntropyOptions = z.input<typeof bceOptions>;

const UNFOCUSED = { gammaNeg: 0, gammaPos: 0, probabilityMargin: 0 } as const;

/**
 * Binary cross entropy of σ(scale·z): −y·ln max(p, ε) − (1 − y)·ln max(1 − p, ε). It is the asymmetric loss
 * without focusing and margin, so it keeps that loss's ε: a probability below ε passes no gradient.
 *
 * @param logits [B, K]
 * @param targets [B, K]: 1 present, 0 absent, soft values between, negative ignored
 * @param options see `bceOptions`; `scale` multiplies the logits, default 1
 * @returns [B, K], each element >= 0
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/loss-scale`, `usage/loss-shapes`
 */
export function bce(
  logits: Tensor2D,
  targets: Tensor2D,
  { scale = 1, ...options }: BinaryCrossEntropyOptions & { scale?: number } = {},
): Tensor2D {
  return asl(logits, targets, { ...checked('bce', bceOptions, options), ...UNFOCUSED, scale });
}

/** `bce` as a `Loss`, for a trainer. */
export function binaryCrossEntropy(options: BinaryCrossEntropyOptions = {}): Loss<'logits'> {
  return { ...asymmetricLoss({ ...checked('bce', bceOptions, options), ...UNFOCUSED }), name: 'bce' };
}
