import {
  add,
  cast,
  div,
  greaterEqual,
  log1p,
  maximum,
  mul,
  neg,
  relu,
  sigmoid,
  sub,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { defineLoss, type ElementwiseLoss } from '@polytag/core';
import { asymmetricLossElements } from '@polytag/ops';
import * as z from 'zod/mini';
import {
  elementwiseLoss,
  focusingSlope,
  focusingWeight,
  isFocused,
  logSigmoid,
  weighByTarget,
} from './elementwise-loss.js';
import { checked, checkedScale, epsilon, gamma, labelSmoothing, probabilityMargin } from './options.js';
import { knownWeights, positiveWeight, weightedLoss, type Weights } from './positive-weight.js';

// Asymmetric loss (Ridnik et al., "Asymmetric Loss For Multi-Label Classification", 2021); docs/method.md#asl.
// With x = scale·logit, p = σ(x), q = min(1 − p + μ, 1) and targets y:
//
//   loss = −[w·y·ln max(p, ε) + (1 − y)·ln max(q, ε)] · (1 − p·y − q·(1 − y))^(γ₊·y + γ₋·(1 − y))
//
// w is the weight of positives, 1 as published; docs/method.md#positive-weight. First the equation in stock operations, then its derivative by hand. The kernel that gives both in one pass is
// `asymmetricLoss` of packages/engine/assembly/loss-elements.ts.

export const aslSchema = z.strictObject({
  /** γ₋: focusing exponent of negatives. Larger values reduce the weight of easy negatives more. Default 4. */
  gammaNeg: z._default(gamma, 4),
  /** γ₊: focusing exponent of positives. Default 0. */
  gammaPos: z._default(gamma, 0),
  /** μ: negatives with at most this probability have no loss. Default 0.05. */
  probabilityMargin,
  /** Default 0. */
  labelSmoothing,
  /** Whether the gradient flows through the focusing weight; `false` is ASL's other published form. Default true. */
  focusGradient: z._default(z.boolean(), true),
  /** ε: lower bound of a probability inside a logarithm. Default 1e-8. */
  epsilon,
  /** w: weight of positives: a number, a table by label, or `balanced` (docs/method.md#positive-weight). Default 1. */
  positiveWeight,
});
export type AsymmetricLossOptions = z.input<typeof aslSchema>;
type Settled = z.output<typeof aslSchema>;
type Equation = Omit<Settled, 'positiveWeight'>;

/** The equation. @param x scale·logits */
export function aslValue(x: Tensor, y: Tensor, options: Equation, w?: Tensor): Tensor {
  const cost = aslCost(x, y, options, w);
  return isFocused(options) ? mul(cost, focusingWeight(aslBase(x, y, options), y, options)) : cost;
}

/** −[w·y·ln max(p, ε) + (1 − y)·ln max(q, ε)] */
function aslCost(x: Tensor, y: Tensor, options: Equation, w?: Tensor): Tensor {
  const lowest = Math.log(options.epsilon);
  return neg(weighByTarget(y, maximum(logSigmoid(x), lowest), maximum(logOfAbsence(x, options), lowest), w));
}

/** ln q: the margin takes μ off the probability of presence, and 1 − p is σ(−x), without cancellation. */
function logOfAbsence(x: Tensor, { probabilityMargin: margin }: Equation): Tensor {
  return margin === 0 ? logSigmoid(neg(x)) : log1p(neg(relu(sub(sigmoid(x), margin))));
}

/** 1 − p·y − q·(1 − y), which is (1 − p)·y + (1 − q)·(1 − y) */
function aslBase(x: Tensor, y: Tensor, { probabilityMargin: margin }: Equation): Tensor {
  const p = sigmoid(x);
  return weighByTarget(y, sigmoid(neg(x)), margin === 0 ? p : relu(sub(p, margin)));
}

/** d loss / dx, by hand. */
export function aslDerivative(x: Tensor, y: Tensor, options: Equation, w?: Tensor): Tensor {
  const { probabilityMargin: margin, focusGradient } = options;
  const lowest = Math.log(options.epsilon);
  const [p, notP] = [sigmoid(x), sigmoid(neg(x))];
  const dP = mul(p, notP);
  /** Where a logarithm is at its lowest, nothing passes. */
  const unclamped = (derivative: Tensor, log: Tensor) =>
    mul(derivative, cast(greaterEqual(log, lowest), 'float32'));

  // 1 − q and −ln q: with a margin both stand still where p is below it.
  const dRemaining = margin === 0 ? dP : mul(dP, cast(greaterEqual(p, margin), 'float32'));
  const dMissing = margin === 0 ? p : div(dRemaining, sub(1, relu(sub(p, margin))));
  const dCost = weighByTarget(
    y,
    unclamped(neg(notP), logSigmoid(x)),
    unclamped(dMissing, logOfAbsence(x, options)),
    w,
  );
  if (!isFocused(options)) return dCost;

  const base = aslBase(x, y, options);
  const weighted = mul(dCost, focusingWeight(base, y, options));
  if (!focusGradient) return weighted;
  const dBase = weighByTarget(y, neg(dP), dRemaining);
  return add(weighted, mul(mul(aslCost(x, y, options, w), focusingSlope(base, y, options)), dBase));
}

function evaluate(
  logits: Tensor2D,
  targets: Tensor2D,
  { positiveWeight: _, ...options }: Settled,
  scale: number,
  weights: Weights,
): Tensor2D {
  const { labelSmoothing } = options;
  return elementwiseLoss(
    logits,
    targets,
    { labelSmoothing, weights },
    {
      value: (logit, y, w) => aslValue(mul(scale, logit), y, options, w),
      derivative: (logit, y, w) => mul(scale, aslDerivative(mul(scale, logit), y, options, w)),
      fused: (logit, y, w) => asymmetricLossElements(logit, y, { ...options, scale }, w),
    },
  );
}

/**
 * Asymmetric loss (Ridnik et al., "Asymmetric Loss For Multi-Label Classification", 2021). With p = σ(scale·z),
 * q = min(1 − p + probabilityMargin, 1) and targets y:
 *
 * loss = −[w·y·ln max(p, ε) + (1 − y)·ln max(q, ε)] · (1 − p·y − q·(1 − y))^(γ₊·y + γ₋·(1 − y))
 *
 * where w is `positiveWeight`. The value is one cost per element; the authors train with the sum over batch and labels. A probability below ε
 * passes no gradient. Probabilities of absence are computed without cancellation, so that happens at
 * |scale·z| = 18.4 (ε = 1e-8), as in float64 arithmetic; 1 − σ(z) in float32 reaches 0 at 17.
 * Gammas between 0 and 1 have an infinite or NaN gradient at base 0: prefer 0 or values of at least 1.
 *
 * @param logits [B, K]
 * @param targets [B, K]: 1 present, 0 absent, soft values between, negative ignored
 * @param options see `aslSchema`; `scale` multiplies the logits, default 1
 * @returns [B, K], each element >= 0
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/loss-scale`, `usage/loss-shapes`, `usage/loss-labels`
 */
export function asl(
  logits: Tensor2D,
  targets: Tensor2D,
  { scale = 1, ...options }: AsymmetricLossOptions & { scale?: number } = {},
): Tensor2D {
  const settled = checked('asl', aslSchema, options);
  const weights = knownWeights('asl', settled.positiveWeight);
  return evaluate(logits, targets, settled, checkedScale('asl', scale), weights);
}

/** `asl` as a `Loss` for training. */
export function asymmetricLoss(options: AsymmetricLossOptions = {}): ElementwiseLoss<'logits'> {
  return asymmetricLossNamed('asl', checked('asl', aslSchema, options));
}

/** The asymmetric loss under another name. */
export function asymmetricLossNamed(name: string, options: Settled): ElementwiseLoss<'logits'> {
  return weightedLoss({ name, space: 'logits' }, options.positiveWeight, (logits, targets, scale, weights) =>
    evaluate(logits, targets, options, checkedScale(name, scale), weights),
  );
}

/** The loss `asl` for config files. */
export const aslDefinition = defineLoss({ name: 'asl', options: aslSchema, create: asymmetricLoss });
export default aslDefinition;
