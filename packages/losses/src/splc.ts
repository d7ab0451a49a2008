import {
  add,
  cast,
  equal,
  greater,
  logicalOr,
  mul,
  neg,
  ones,
  sigmoid,
  sub,
  where,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { defineLoss, type ElementwiseLoss } from '@polytag/core';
import * as z from 'zod/mini';
import {
  elementwiseLoss,
  focusingSlope,
  focusingWeight,
  logSigmoid,
  weighByTarget,
} from './elementwise-loss.js';
import { checked, checkedScale, focusingExponent, positiveMargin } from './options.js';

// Self-paced loss correction (Zhang et al., "Simple and Robust Loss Design for Multi-Label Learning with Missing Labels",
// 2021); docs/method.md#splc. With targets y, x = scale·logit − m where y is 1 and scale·logit elsewhere, q = σ(x):
//
//   y' = 1 where q > τ, from epoch `correctFrom` on; else y
//   loss = −[y'·ln q + (1 − y')·ln(1 − q)] · [(1 − q)·y' + q·(1 − y')]^γ
//
// A negative that the model is sure of is taken for a positive that was missed, without margin.

export const splcSchema = z.strictObject({
  /** τ: negatives with a higher probability count as positives. Default 0.6. */
  threshold: z._default(z.number().check(z.gt(0), z.lt(1)), 0.6),
  /** The first epoch, counted from 0, in which targets are corrected. Default 1: the second. */
  correctFrom: z._default(z.int().check(z.minimum(0)), 1),
  /** m: subtracted from the logit of positives. Default 1. */
  margin: positiveMargin,
  /** γ of the focusing weight, of positives and negatives. Default 2. */
  gamma: focusingExponent,
});
export type SplcOptions = z.input<typeof splcSchema>;

/** What the equation needs; `corrects` says whether the epoch is one in which targets are corrected. */
interface Equation {
  readonly threshold: number;
  readonly margin: number;
  readonly gamma: number;
  readonly corrects: boolean;
}

/** x and y' of the equation. */
function corrected(logit: Tensor, y: Tensor, { threshold, margin, corrects }: Equation) {
  const x = sub(logit, mul(margin, cast(equal(y, 1), 'float32')));
  if (!corrects) return { x, target: y };
  const target = where(logicalOr(greater(sigmoid(x), threshold), equal(y, 1)), ones(y.shape), y);
  return { x, target };
}

/** −[y'·ln q + (1 − y')·ln(1 − q)] */
const splcCost = (x: Tensor, target: Tensor): Tensor =>
  neg(weighByTarget(target, logSigmoid(x), logSigmoid(neg(x))));

/** (1 − q)·y' + q·(1 − y') */
const splcBase = (x: Tensor, target: Tensor): Tensor => weighByTarget(target, sigmoid(neg(x)), sigmoid(x));

const focusOf = ({ gamma }: Equation) => ({ gammaNeg: gamma, gammaPos: gamma });

/** The equation. @param logit scale·logits */
export function splcValue(logit: Tensor, y: Tensor, options: Equation): Tensor {
  const { x, target } = corrected(logit, y, options);
  return mul(splcCost(x, target), focusingWeight(splcBase(x, target), target, focusOf(options)));
}

/** Its derivative by hand; the decision which targets are corrected is a constant. */
export function splcDerivative(logit: Tensor, y: Tensor, options: Equation): Tensor {
  const { x, target } = corrected(logit, y, options);
  const [q, notQ] = [sigmoid(x), sigmoid(neg(x))];
  const dCost = weighByTarget(target, neg(notQ), q);
  const base = splcBase(x, target);
  const dBase = mul(mul(q, notQ), sub(1, mul(2, target)));
  return add(
    mul(dCost, focusingWeight(base, target, focusOf(options))),
    mul(mul(splcCost(x, target), focusingSlope(base, target, focusOf(options))), dBase),
  );
}

function evaluate(logits: Tensor2D, targets: Tensor2D, options: Equation, scale: number): Tensor2D {
  return elementwiseLoss(
    logits,
    targets,
    { labelSmoothing: 0, weights: 1 },
    {
      value: (logit, y) => splcValue(mul(scale, logit), y, options),
      derivative: (logit, y) => mul(scale, splcDerivative(mul(scale, logit), y, options)),
      fused: () => undefined,
    },
  );
}

/**
 * Self-paced loss correction, for training sets with missing positive labels (docs/method.md#splc): a focal loss with a
 * margin on positives. From epoch `correctFrom` on, negatives with a probability above `threshold` count as positives.
 * Unknown targets never do.
 *
 * @param logits [B, K]
 * @param targets [B, K]: 1 present, 0 absent, negative ignored; a soft target keeps its value unless it is corrected
 * @param options see `splcSchema`; `scale` multiplies the logits, default 1; `epoch`, from 0, default 0
 * @returns [B, K], each element >= 0
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/loss-scale`, `usage/loss-shapes`
 */
export function splc(
  logits: Tensor2D,
  targets: Tensor2D,
  { scale = 1, epoch = 0, ...options }: SplcOptions & { scale?: number; epoch?: number } = {},
): Tensor2D {
  return splcLoss(options).forEpoch(epoch).elementwise(logits, targets, scale);
}

/** `splc` as a `Loss` for training. On its own it computes the loss of epoch 0. */
export function splcLoss(
  options: SplcOptions = {},
): ElementwiseLoss<'logits'> & { forEpoch(epoch: number): ElementwiseLoss<'logits'> } {
  const { correctFrom, ...equation } = checked('splc', splcSchema, options);
  const forEpoch = (epoch: number): ElementwiseLoss<'logits'> => ({
    name: 'splc',
    space: 'logits',
    elementwise: (logits, targets, scale) =>
      evaluate(logits, targets, { ...equation, corrects: epoch >= correctFrom }, checkedScale('splc', scale)),
  });
  return { ...forEpoch(0), forEpoch };
}

/** The loss `splc` for config files. */
export const splcDefinition = defineLoss({ name: 'splc', options: splcSchema, create: splcLoss });
export default splcDefinition;
