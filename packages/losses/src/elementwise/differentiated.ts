import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core';

/** A quantity for every element, and its derivative with respect to that element's input. */
export interface Differentiated {
  readonly value: Tensor;
  readonly derivative: Tensor;
}

/** y·present + (1 − y)·absent, and its derivative. */
export function blend(targets: Tensor, present: Differentiated, absent: Differentiated): Differentiated {
  const others = sub(1, targets);
  return {
    value: add(mul(targets, present.value), mul(others, absent.value)),
    derivative: add(mul(targets, present.derivative), mul(others, absent.derivative)),
  };
}

/** a·x, and its derivative. */
export function scaleBy(factor: number, x: Differentiated): Differentiated {
  return factor === 1 ? x : { value: mul(factor, x.value), derivative: mul(factor, x.derivative) };
}
