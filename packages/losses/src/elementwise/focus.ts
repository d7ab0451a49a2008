import { add, greater, mul, pow, sub, where, zerosLike, type Tensor } from '@tensorflow/tfjs-core';
import type { Differentiated } from './differentiated.js';

export interface FocusOptions {
  readonly gammaNeg: number;
  readonly gammaPos: number;
  /** `false`: the weight is a constant for the gradient. */
  readonly focusGradient: boolean;
}

/**
 * term · baseᵍ with g = γ₊·y + γ₋·(1 − y), and its derivative.
 *
 * For 0 < g < 1 the derivative of baseᵍ is infinite at base = 0, and the product with a term of 0 is NaN:
 * that is the loss as defined, and PyTorch gives the same. Whole-numbered gammas with hard targets never do it.
 */
export function focus(
  term: Differentiated,
  base: Differentiated,
  targets: Tensor,
  { gammaNeg, gammaPos, focusGradient }: FocusOptions,
): Differentiated {
  const exponent = add(mul(gammaPos - gammaNeg, targets), gammaNeg);
  const weight = pow(base.value, exponent);
  const value = mul(term.value, weight);
  const weighted = mul(term.derivative, weight);
  if (!focusGradient) return { value, derivative: weighted };
  // Where the exponent is 0 the weight is 1 and does not change; 0·0⁻¹ would be NaN.
  const power = mul(exponent, pow(base.value, sub(exponent, 1)));
  const slope = where(greater(exponent, 0), power, zerosLike(power));
  return { value, derivative: add(weighted, mul(mul(term.value, slope), base.derivative)) };
}
