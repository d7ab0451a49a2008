import { add, mul, neg, sigmoid, square, sub, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
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

// Hill loss (Zhang et al., "Simple and Robust Loss Design for Multi-Label Learning with Missing Labels", 2021);
// docs/method.md#hill. With x = scale·logit, p = σ(x), q = σ(x − m) and targets y:
//
//   loss = [−y·ln q + (1 − y)·(λ − p)·p²] · (1 − q·y)^γ
//
// A negative of high probability is likely a positive that was missed: its loss has slope 0 at p = 1 when λ = 1.5.

export const hillSchema = z.strictObject({
  /** λ: at least 1, so that the loss of negatives is not negative. Default 1.5. */
  lambda: z._default(z.number().check(z.minimum(1)), 1.5),
  /** m: subtracted from the logit of positives. Default 1. */
  margin: positiveMargin,
  /** γ: focusing exponent of positives. Default 2. */
  gamma: focusingExponent,
});
export type HillOptions = z.input<typeof hillSchema>;
type Settled = z.output<typeof hillSchema>;

/** −y·ln q + (1 − y)·(λ − p)·p² */
function hillCost(x: Tensor, y: Tensor, { lambda, margin }: Settled): Tensor {
  const p = sigmoid(x);
  return weighByTarget(y, neg(logSigmoid(sub(x, margin))), mul(sub(lambda, p), square(p)));
}

/** 1 − q·y, which is (1 − q)·y + (1 − y): 1 for negatives. */
const hillBase = (q: Tensor, y: Tensor): Tensor => sub(1, mul(q, y));

const focusOf = ({ gamma }: Settled) => ({ gammaNeg: gamma, gammaPos: gamma });

/** The equation. @param x scale·logits */
export function hillValue(x: Tensor, y: Tensor, options: Settled): Tensor {
  const q = sigmoid(sub(x, options.margin));
  return mul(hillCost(x, y, options), focusingWeight(hillBase(q, y), y, focusOf(options)));
}

/** d loss / dx, by hand. */
export function hillDerivative(x: Tensor, y: Tensor, options: Settled): Tensor {
  const { lambda, margin } = options;
  const [p, q, notQ] = [sigmoid(x), sigmoid(sub(x, margin)), sigmoid(sub(margin, x))];
  // d(λ − p)p²/dx = (2λ − 3p)·p²·(1 − p)
  const dNegative = mul(sub(2 * lambda, mul(3, p)), mul(square(p), sigmoid(neg(x))));
  const dCost = weighByTarget(y, neg(notQ), dNegative);
  const base = hillBase(q, y);
  const dBase = neg(mul(y, mul(q, notQ)));
  return add(
    mul(dCost, focusingWeight(base, y, focusOf(options))),
    mul(mul(hillCost(x, y, options), focusingSlope(base, y, focusOf(options))), dBase),
  );
}

function evaluate(logits: Tensor2D, targets: Tensor2D, options: Settled, scale: number): Tensor2D {
  return elementwiseLoss(
    logits,
    targets,
    { labelSmoothing: 0, weights: 1 },
    {
      value: (logit, y) => hillValue(mul(scale, logit), y, options),
      derivative: (logit, y) => mul(scale, hillDerivative(mul(scale, logit), y, options)),
      fused: () => undefined,
    },
  );
}

/**
 * Hill loss, for training sets with missing positive labels (docs/method.md#hill). With p = σ(scale·z) and q =
 * σ(scale·z − margin):
 *
 * loss = [−y·ln q + (1 − y)·(λ − p)·p²] · (1 − q·y)^γ
 *
 * Logarithms are exact for every logit. The gradient flows through the focusing weight. With γ between 0 and 1 it is
 * infinite where the weight is 0: prefer 0 or values of at least 1.
 *
 * @param logits [B, K]
 * @param targets [B, K]: 1 present, 0 absent, soft values between, negative ignored
 * @param options see `hillSchema`; `scale` multiplies the logits, default 1
 * @returns [B, K], each element >= 0
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/loss-scale`, `usage/loss-shapes`
 */
export function hill(
  logits: Tensor2D,
  targets: Tensor2D,
  { scale = 1, ...options }: HillOptions & { scale?: number } = {},
): Tensor2D {
  return evaluate(logits, targets, checked('hill', hillSchema, options), checkedScale('hill', scale));
}

/** `hill` as a `Loss` for training. */
export function hillLoss(options: HillOptions = {}): ElementwiseLoss<'logits'> {
  const settled = checked('hill', hillSchema, options);
  return {
    name: 'hill',
    space: 'logits',
    elementwise: (logits, targets, scale) => evaluate(logits, targets, settled, checkedScale('hill', scale)),
  };
}

/** The loss `hill` for config files. */
export const hillDefinition = defineLoss({ name: 'hill', options: hillSchema, create: hillLoss });
export default hillDefinition;
