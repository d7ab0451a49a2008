import {
  cast,
  div,
  greaterEqual,
  lessEqual,
  log1p,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  sub,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Loss } from '@polytag/core';
import { asymmetricLossElements } from '@polytag/ops';
import * as z from 'zod/mini';
import { blend, type Differentiated } from '../elementwise/differentiated.js';
import { elementwiseLoss } from '../elementwise/elementwise-loss.js';
import { focus } from '../elementwise/focus.js';
import { softplus } from '../elementwise/softplus.js';
import { checked, checkedScale, epsilon, gamma, labelSmoothing, probabilityMargin } from '../options.js';

export const aslOptions = z.strictObject({
  /** γ₋: how strongly easy negatives are played down. Default 4. */
  gammaNeg: z._default(gamma, 4),
  /** γ₊: the same for positives. Default 0. */
  gammaPos: z._default(gamma, 0),
  /** Negatives whose probability is at most this cost nothing. Default 0.05. */
  probabilityMargin,
  /** Default 0. */
  labelSmoothing,
  /** Whether the gradient flows through the focusing weight. Default true; false is ASL's other published form. */
  focusGradient: z._default(z.boolean(), true),
  /** Default 1e-8. */
  epsilon,
});
export type AsymmetricLossOptions = z.input<typeof aslOptions>;

/** With x = scale·z: −[y·ln p + (1−y)·ln q]·baseᵍ and d/dx of it. */
function terms(x: Tensor, targets: Tensor, options: z.output<typeof aslOptions>): Differentiated {
  const { gammaNeg, gammaPos, probabilityMargin: margin, focusGradient } = options;
  const limit = -Math.log(options.epsilon);
  // Probabilities of presence and absence are both computed from x: 1 − σ(x) would lose its digits for large x.
  const minus = neg(x);
  const p = sigmoid(x);
  const absent = sigmoid(minus);

  const clamped = (cost: Tensor, derivative: Tensor): Differentiated => ({
    value: minimum(cost, limit),
    derivative: mul(derivative, cast(lessEqual(cost, limit), 'float32')),
  });
  const present = clamped(softplus(minus), neg(absent));
  const slope = mul(p, absent);
  // remaining = 1 − q, the probability of presence after the margin was taken off.
  let remaining: Differentiated = { value: p, derivative: slope };
  let missing = clamped(softplus(x), p);
  if (margin > 0) {
    const value = relu(sub(p, margin));
    const derivative = mul(slope, cast(greaterEqual(p, margin), 'float32'));
    remaining = { value, derivative };
    missing = clamped(neg(log1p(neg(value))), div(derivative, sub(1, value)));
  }
  const cost = blend(targets, present, missing);
  if (gammaNeg === 0 && gammaPos === 0) return cost;
  const base = blend(targets, { value: absent, derivative: neg(slope) }, remaining);
  return focus(cost, base, targets, { gammaNeg, gammaPos, focusGradient });
}

function evaluate(
  logits: Tensor2D,
  targets: Tensor2D,
  options: z.output<typeof aslOptions>,
  scale: number,
): Tensor2D {
  return elementwiseLoss(logits, targets, options.labelSmoothing, {
    fused: (z, y) => asymmetricLossElements(z, y, { ...options, scale }),
    composed(z, y) {
      if (scale === 1) return terms(z, y, options);
      const { value, derivative } = terms(mul(scale, z), y, options);
      return { value, derivative: mul(scale, derivative) };
    },
  });
}

/**
 * Asymmetric loss (Ridnik et al., "Asymmetric Loss For Multi-Label Classification", 2021). With p = σ(scale·z),
 * q = min(1 − p + margin, 1) and targets y:
 *
 * loss = −[y·ln max(p, ε) + (1 − y)·ln max(q, ε)] · (1 − p·y − q·(1 − y))^(γ₊·y + γ₋·(1 − y))
 *
 * The value is one cost per element; the authors train with the sum over batch and labels. A probability below ε
 * passes no gradient. Probabilities of absence are computed without cancellation, so that happens at
 * |scale·z| = 18.4 (ε = 1e-8), as in float64 arithmetic; 1 − σ(z) in float32 reaches 0 at 17.
 * Gammas between 0 and 1 have an infinite or NaN gradient at base 0: prefer 0 or values of at least 1.
 *
 * @param logits [B, K]
 * @param targets [B, K]: 1 present, 0 absent, soft values between, negative ignored
 * @param options see `aslOptions`; `scale` multiplies the logits, default 1
 * @returns [B, K], each element >= 0
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/loss-scale`, `usage/loss-shapes`
 */
export function asl(
  logits: Tensor2D,
  targets: Tensor2D,
  { scale = 1, ...options }: AsymmetricLossOptions & { scale?: number } = {},
): Tensor2D {
  return evaluate(logits, targets, checked('asl', aslOptions, options), checkedScale('asl', scale));
}

/** `asl` as a `Loss`, for a trainer. */
export function asymmetricLoss(options: AsymmetricLossOptions = {}): Loss<'logits'> {
  const settled = checked('asl', aslOptions, options);
  return {
    name: 'asl',
    space: 'logits',
    elementwise: (logits, targets, scale) => evaluate(logits, targets, settled, checkedScale('asl', scale)),
  };
}
