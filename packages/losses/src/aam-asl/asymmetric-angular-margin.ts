import {
  add,
  cast,
  div,
  greaterEqual,
  log1p,
  mul,
  neg,
  relu,
  sigmoid,
  sub,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Loss } from '@polytag/core';
import { angularMarginLossElements } from '@polytag/ops';
import * as z from 'zod/mini';
import { blend, scaleBy, type Differentiated } from '../elementwise/differentiated.js';
import { elementwiseLoss } from '../elementwise/elementwise-loss.js';
import { focus } from '../elementwise/focus.js';
import { softplus } from '../elementwise/softplus.js';
import { checked, checkedScale, fraction, gamma, labelSmoothing, probabilityMargin } from '../options.js';

export const aamOptions = z.strictObject({
  /** m: how far a positive's cosine must lie above 0 and a negative's below it. Default 0.35; the paper trains with 0. */
  margin: fraction(0.35),
  /** k: share of the positives' term; 1 − k is the negatives'. Default 0.8; the paper trains with 0.7. */
  k: fraction(0.8),
  /** γ₋: exponent of the negatives' weight. Default 0. */
  gammaNeg: z._default(gamma, 0),
  /** γ₊: exponent of the positives' weight. Default 0. */
  gammaPos: z._default(gamma, 0),
  /** Added to p₋; has an effect only when a gamma is above 0. Default 0.05. */
  probabilityMargin,
  /** Default 0. */
  labelSmoothing,
});
export type AsymmetricAngularMarginOptions = z.input<typeof aamOptions>;

/** The loss with respect to scale·cosine, times the scale, and its derivative. */
function terms(
  cosines: Tensor,
  targets: Tensor,
  options: z.output<typeof aamOptions>,
  scale: number,
): Differentiated {
  const { margin, k, gammaNeg, gammaPos, probabilityMargin: shift } = options;
  const x = mul(scale, cosines);
  // p₊ = σ(above), p₋ = σ(−below); their complements are computed as sigmoids too, without cancellation.
  const above = margin === 0 ? x : sub(x, scale * margin);
  const below = margin === 0 ? x : add(x, scale * margin);
  const present = { value: softplus(neg(above)), derivative: neg(sigmoid(neg(above))) };
  const rejection = sigmoid(below);
  const absent = { value: softplus(below), derivative: rejection };
  const cost = (negative: Differentiated) => blend(targets, scaleBy(k, present), scaleBy(1 - k, negative));
  if (gammaNeg === 0 && gammaPos === 0) return cost(absent);

  const acceptance = sigmoid(above);
  const pPositive = { value: acceptance, derivative: neg(mul(acceptance, present.derivative)) };
  const pUnshifted = sigmoid(neg(below));
  let pNegative: Differentiated = { value: pUnshifted, derivative: neg(mul(pUnshifted, rejection)) };
  let negative: Differentiated = absent;
  if (shift > 0) {
    const remaining = relu(sub(rejection, shift));
    const open = cast(greaterEqual(rejection, shift), 'float32');
    pNegative = { value: sub(1, remaining), derivative: mul(pNegative.derivative, open) };
    negative = {
      value: neg(log1p(neg(remaining))),
      derivative: neg(div(pNegative.derivative, pNegative.value)),
    };
  }
  const base = blend(targets, pNegative, pPositive);
  return focus(cost(negative), base, targets, { gammaNeg, gammaPos, focusGradient: true });
}

function evaluate(
  cosines: Tensor2D,
  targets: Tensor2D,
  options: z.output<typeof aamOptions>,
  scale: number,
): Tensor2D {
  return elementwiseLoss(cosines, targets, options.labelSmoothing, {
    fused: (c, y) => angularMarginLossElements(c, y, { ...options, scale }),
    composed(c, y) {
      // terms() is s times the loss as a function of s·c: the two factors cancel in the derivative.
      const { value, derivative } = terms(c, y, options, scale);
      return { value: mul(1 / scale, value), derivative };
    },
  });
}

/**
 * Asymmetric angular margin loss (Prokofiev and Sovrasov, "Combining Metric Learning and Attention Heads For
 * Accurate and Efficient Multilabel Image Classification", 2022). With cosines c, scale s, margin m,
 * p₊ = σ(s·(c − m)) and p₋ = σ(−s·(c + m)):
 *
 * loss = −[k/s·y·ln p₊ + (1 − k)/s·(1 − y)·ln p₋]
 *
 * and when γ₋ or γ₊ is above 0, p₋ becomes min(p₋ + probabilityMargin, 1) and the loss is multiplied by
 * (p₋·y + p₊·(1 − y))^(γ₊·y + γ₋·(1 − y)). γ₊ belongs to the positives, as in the authors' code; their paper
 * has the two names the other way round. Logarithms are those of the logistic function itself, never of a
 * probability that was rounded to 0: the loss stays finite for every scale.
 *
 * @param cosines [B, K], not scaled
 * @param targets [B, K]: 1 present, 0 absent, soft values between, negative ignored
 * @param options see `aamOptions`; `scale` is s, default 30 (the paper trains with 17 to 23)
 * @returns [B, K], each element >= 0
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/loss-scale`, `usage/loss-shapes`
 */
export function aamAsl(
  cosines: Tensor2D,
  targets: Tensor2D,
  { scale = 30, ...options }: AsymmetricAngularMarginOptions & { scale?: number } = {},
): Tensor2D {
  return evaluate(cosines, targets, checked('aam-asl', aamOptions, options), checkedScale('aam-asl', scale));
}

/** `aamAsl` as a `Loss`, for a trainer. */
export function asymmetricAngularMargin(options: AsymmetricAngularMarginOptions = {}): Loss<'cosines'> {
  const settled = checked('aam-asl', aamOptions, options);
  return {
    name: 'aam-asl',
    space: 'cosines',
    elementwise: (cosines, targets, scale) =>
      evaluate(cosines, targets, settled, checkedScale('aam-asl', scale)),
  };
}
