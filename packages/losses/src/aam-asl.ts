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
import { defineLoss, type ElementwiseLoss } from '@polytag/core';
import { angularMarginLossElements } from '@polytag/ops';
import * as z from 'zod/mini';
import {
  elementwiseLoss,
  focusingSlope,
  focusingWeight,
  isFocused,
  logSigmoid,
  weighByTarget,
} from './elementwise-loss.js';
import { checked, checkedScale, fraction, gamma, labelSmoothing, probabilityMargin } from './options.js';
import { knownWeights, positiveWeight, weightedLoss, type Weights } from './positive-weight.js';

// Asymmetric angular margin loss (Prokofiev and Sovrasov, "Combining Metric Learning and Attention Heads For Accurate
// and Efficient Multilabel Image Classification", 2022); docs/method.md#aam and docs/method.md#aam-asl.
// With cosines c, scale s, margin m, p₊ = σ(s·(c − m)) and p₋ = σ(−s·(c + m)):
//
//   AAM:     loss = −[k/s · w·y·ln p₊ + (1 − k)/s · (1 − y)·ln p₋]
//   AAM-ASL: when γ₋ or γ₊ is above 0, p₋ ← min(p₋ + μ, 1) and
//            loss ← loss · (p₋·y + p₊·(1 − y))^(γ₊·y + γ₋·(1 − y))
//
// w is the weight of positives, 1 as published; docs/method.md#positive-weight.
// First the equation in stock operations, then its derivative by hand. The kernel that gives both in one pass is
// `angularMarginLoss` of packages/engine/assembly/loss-elements.ts.

export const aamAslSchema = z.strictObject({
  /** m: margin by which the cosine of a positive must exceed 0, and that of a negative stay below. The paper trains with 0. Default 0.35. */
  margin: fraction(0.35),
  /** k: weight of positives; negatives have 1 − k. The paper trains with 0.7. Default 0.8. */
  k: fraction(0.8),
  /** γ₋: focusing exponent of negatives. Default 0. */
  gammaNeg: z._default(gamma, 0),
  /** γ₊: focusing exponent of positives. Default 0. */
  gammaPos: z._default(gamma, 0),
  /** μ: added to the probability of absence in the focusing weight, so it matters only if a gamma is above 0. Default 0.05. */
  probabilityMargin,
  /** Default 0. */
  labelSmoothing,
  /** w: weight of positives: a number, a table by label, or `balanced` (docs/method.md#positive-weight). Default 1. */
  positiveWeight,
});
export type AamAslOptions = z.input<typeof aamAslSchema>;
type Equation = Omit<z.output<typeof aamAslSchema>, 'positiveWeight'> & { readonly scale: number };

/** The equation. @param c cosines */
export function aamAslValue(c: Tensor, y: Tensor, options: Equation, w?: Tensor): Tensor {
  const term = scaledTerm(c, y, options, w);
  const focused = isFocused(options) ? mul(term, focusingWeight(aamBase(c, y, options), y, options)) : term;
  return mul(1 / options.scale, focused);
}

/** s·AAM: −[k·w·y·ln p₊ + (1 − k)·(1 − y)·ln p₋], with logarithms of the logistic function itself. */
function scaledTerm(c: Tensor, y: Tensor, options: Equation, w?: Tensor): Tensor {
  const { k } = options;
  const { positive, negative, excess } = logitsOf(c, options);
  const logPositive = logSigmoid(positive);
  const logNegative = excess ? log1p(neg(excess)) : logSigmoid(negative);
  return neg(weighByTarget(y, mul(k, logPositive), mul(1 - k, logNegative), w));
}

/** p₋·y + p₊·(1 − y) */
function aamBase(c: Tensor, y: Tensor, options: Equation): Tensor {
  const { positive, negative, excess } = logitsOf(c, options);
  return weighByTarget(y, excess ? sub(1, excess) : sigmoid(negative), sigmoid(positive));
}

/**
 * The arguments of the logistic functions: p₊ = σ(positive) and p₋ = σ(negative), and with focusing and μ > 0: p₋ = 1 − excess, where excess is what 1 − p₋ has
 * above μ.
 */
function logitsOf(
  c: Tensor,
  { scale, margin, probabilityMargin, gammaNeg, gammaPos }: Equation,
): { positive: Tensor; negative: Tensor; excess?: Tensor } {
  const x = mul(scale, c);
  const below = add(x, scale * margin);
  const isShifted = isFocused({ gammaNeg, gammaPos }) && probabilityMargin > 0;
  return {
    positive: sub(x, scale * margin),
    negative: neg(below),
    excess: isShifted ? relu(sub(sigmoid(below), probabilityMargin)) : undefined,
  };
}

/** d loss / dc, by hand: the factors s of x = s·c and 1/s of the loss cancel. */
export function aamAslDerivative(c: Tensor, y: Tensor, options: Equation, w?: Tensor): Tensor {
  const { k, probabilityMargin } = options;
  const { positive, negative, excess } = logitsOf(c, options);
  const [notPositive, notNegative] = [sigmoid(neg(positive)), sigmoid(neg(negative))];
  const dPositive = mul(sigmoid(positive), notPositive);
  let dNegative = neg(mul(sigmoid(negative), notNegative));
  let dMissed = notNegative; // −ln p₋
  if (excess) {
    dNegative = mul(dNegative, cast(greaterEqual(notNegative, probabilityMargin), 'float32'));
    dMissed = neg(div(dNegative, sub(1, excess)));
  }
  const dTerm = weighByTarget(y, mul(k, neg(notPositive)), mul(1 - k, dMissed), w);
  if (!isFocused(options)) return dTerm;

  const base = aamBase(c, y, options);
  const dBase = weighByTarget(y, dNegative, dPositive);
  const throughWeight = mul(mul(scaledTerm(c, y, options, w), focusingSlope(base, y, options)), dBase);
  return add(mul(dTerm, focusingWeight(base, y, options)), throughWeight);
}

function evaluate(
  cosines: Tensor2D,
  targets: Tensor2D,
  { positiveWeight: _, ...options }: z.output<typeof aamAslSchema>,
  scale: number,
  weights: Weights,
): Tensor2D {
  const equation = { ...options, scale };
  const { labelSmoothing } = options;
  return elementwiseLoss(
    cosines,
    targets,
    { labelSmoothing, weights },
    {
      value: (c, y, w) => aamAslValue(c, y, equation, w),
      derivative: (c, y, w) => aamAslDerivative(c, y, equation, w),
      fused: (c, y, w) => angularMarginLossElements(c, y, equation, w),
    },
  );
}

/**
 * Asymmetric angular margin loss (Prokofiev and Sovrasov, "Combining Metric Learning and Attention Heads For
 * Accurate and Efficient Multilabel Image Classification", 2022). With cosines c, scale s, margin m,
 * p₊ = σ(s·(c − m)) and p₋ = σ(−s·(c + m)):
 *
 * loss = −[k/s·w·y·ln p₊ + (1 − k)/s·(1 − y)·ln p₋]
 *
 * where w is `positiveWeight`, and when γ₋ or γ₊ is above 0, p₋ becomes min(p₋ + probabilityMargin, 1) and the loss is multiplied by
 * (p₋·y + p₊·(1 − y))^(γ₊·y + γ₋·(1 − y)). γ₊ belongs to the positives, as in the authors' code; their paper
 * has the two names the other way round. Logarithms are those of the logistic function itself, never of a
 * probability that was rounded to 0: the loss stays finite for every scale.
 *
 * @param cosines [B, K], not scaled
 * @param targets [B, K]: 1 present, 0 absent, soft values between, negative ignored
 * @param options see `aamAslSchema`; `scale` is s, default 30 (the paper trains with 17 to 23)
 * @returns [B, K], each element >= 0
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/loss-scale`, `usage/loss-shapes`, `usage/loss-labels`
 */
export function aamAsl(
  cosines: Tensor2D,
  targets: Tensor2D,
  { scale = 30, ...options }: AamAslOptions & { scale?: number } = {},
): Tensor2D {
  const settled = checked('aam-asl', aamAslSchema, options);
  const weights = knownWeights('aam-asl', settled.positiveWeight);
  return evaluate(cosines, targets, settled, checkedScale('aam-asl', scale), weights);
}

/** `aamAsl` as a `Loss` for training. */
export function aamAslLoss(options: AamAslOptions = {}): ElementwiseLoss<'cosines'> {
  const settled = checked('aam-asl', aamAslSchema, options);
  return weightedLoss(
    { name: 'aam-asl', space: 'cosines' },
    settled.positiveWeight,
    (cosines, targets, scale, weights) =>
      evaluate(cosines, targets, settled, checkedScale('aam-asl', scale), weights),
  );
}

/** The loss `aam-asl` for config files. */
export const aamAslDefinition = defineLoss({ name: 'aam-asl', options: aamAslSchema, create: aamAslLoss });
export default aamAslDefinition;
