import {
  abs,
  add,
  cast,
  customGrad,
  equal,
  exp,
  greater,
  greaterEqual,
  log1p,
  mul,
  neg,
  pow,
  relu,
  sub,
  where,
  zerosLike,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import type { LossElements } from '@polytag/ops';
import { weightTensor, type Weights } from './positive-weight.js';

/** One loss in its three forms. They agree within rounding. */
export interface LossForms {
  /** The equation, composed of stock operations; targets are smoothed and from 0 to 1. `w` weighs positives. */
  readonly value: (outputs: Tensor, targets: Tensor, w?: Tensor) => Tensor;
  /** Its derivative with respect to each output, by hand. */
  readonly derivative: (outputs: Tensor, targets: Tensor, w?: Tensor) => Tensor;
  /** Both in one pass of a kernel, with smoothing and ignored elements; undefined on engines without it. */
  readonly fused: (outputs: Tensor, targets: Tensor, w?: Tensor) => LossElements | undefined;
}

/**
 * Runs a loss whose derivative is known in closed form: one derivative per element, computed beside the value
 * and kept for the backward pass. Ignored elements are 0 and pass no gradient, whatever their output holds.
 * The targets receive no gradient, and a second derivative is not available.
 *
 * @throws UsageError `usage/loss-shapes` when outputs and targets differ in shape, or weights are not as many as labels
 */
export function elementwiseLoss(
  outputs: Tensor2D,
  targets: Tensor2D,
  { labelSmoothing, weights }: { readonly labelSmoothing: number; readonly weights: Weights },
  { value, derivative, fused }: LossForms,
): Tensor2D {
  expectSameShape(outputs, targets);
  const composed = (x: Tensor, w?: Tensor): LossElements => {
    const { y, counted } = prepareTargets(targets, labelSmoothing);
    const countedOnly = (elements: Tensor) => where(counted, elements, zerosLike(elements));
    return { value: countedOnly(value(x, y, w)), derivative: countedOnly(derivative(x, y, w)) };
  };
  return customGrad((x, save) => {
    const w = weightTensor(weights, outputs.shape[1]);
    const elements = fused(x as Tensor, targets, w) ?? composed(x as Tensor, w);
    (save as (tensors: Tensor[]) => void)([elements.derivative]);
    return { value: elements.value, gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, saved[0]) };
  })(outputs) as Tensor2D;
}

/** @throws UsageError `usage/loss-shapes` */
export function expectSameShape(outputs: Tensor, targets: Tensor): void {
  if (outputs.shape.join() === targets.shape.join()) return;
  throw new UsageError(
    'usage/loss-shapes',
    `outputs are [${outputs.shape}], targets [${targets.shape}]; expected the same shape`,
  );
}

/**
 * Which elements count (target not below 0), and the smoothed targets. With degree e > 0 a target y becomes y·(1 − e),
 * and what is then exactly 0 becomes e: positives 1 − e, negatives e. See docs/method.md#targets.
 */
function prepareTargets(targets: Tensor, labelSmoothing: number): { y: Tensor; counted: Tensor } {
  const float = cast(targets, 'float32');
  const counted = greaterEqual(float, 0);
  const hard = relu(float);
  if (labelSmoothing === 0) return { y: hard, counted };
  const absent = mul(labelSmoothing, cast(equal(hard, 0), 'float32'));
  return { y: add(mul(1 - labelSmoothing, hard), absent), counted };
}

/**
 * ln σ(x) = −ln(1 + e⁻ˣ), exact to rounding for every x: near x for very negative x, near 0 for large x.
 * `tf.logSigmoid` computes ln(1 + e⁻ˣ) as written, which loses all digits above x = 16.
 */
export function logSigmoid(x: Tensor): Tensor {
  return neg(add(relu(neg(x)), log1p(exp(neg(abs(x))))));
}

/** y·ofPresent + (1 − y)·ofAbsent; with a weight of positives w·y·ofPresent + (1 − y)·ofAbsent */
export function weighByTarget(y: Tensor, ofPresent: Tensor, ofAbsent: Tensor, w?: Tensor): Tensor {
  return add(mul(w ? mul(w, y) : y, ofPresent), mul(sub(1, y), ofAbsent));
}

export interface Focus {
  /** γ₋ */
  readonly gammaNeg: number;
  /** γ₊ */
  readonly gammaPos: number;
}

/** Whether there is a focusing weight at all. */
export const isFocused = ({ gammaNeg, gammaPos }: Focus): boolean => gammaNeg > 0 || gammaPos > 0;

/** γ₊·y + γ₋·(1 − y) */
const exponentOf = (y: Tensor, { gammaNeg, gammaPos }: Focus): Tensor =>
  add(mul(gammaPos - gammaNeg, y), gammaNeg);

/** The focusing weight base^(γ₊·y + γ₋·(1 − y)) */
export function focusingWeight(base: Tensor, y: Tensor, focus: Focus): Tensor {
  return pow(base, exponentOf(y, focus));
}

/**
 * Derivative of the focusing weight with respect to its base.
 *
 * For an exponent between 0 and 1 it is infinite at base = 0, and the product with a cost of 0 is NaN:
 * that is the loss as defined, and PyTorch gives the same. Whole-numbered gammas with hard targets never do it.
 */
export function focusingSlope(base: Tensor, y: Tensor, focus: Focus): Tensor {
  const exponent = exponentOf(y, focus);
  const power = mul(exponent, pow(base, sub(exponent, 1)));
  // Where the exponent is 0 the weight is 1 and does not change; 0·0⁻¹ would be NaN.
  return where(greater(exponent, 0), power, zerosLike(power));
}
