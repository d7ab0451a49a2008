import '@tensorflow/tfjs';
import { grad, sum, tensor2d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';

/** Value of each element and gradient of their sum, for rows of outputs and targets. */
export function valueAndGradient(
  loss: (outputs: Tensor2D, targets: Tensor2D) => Tensor2D,
  outputs: number[][],
  targets: number[][],
): { value: number[]; gradient: number[] } {
  return tidy(() => {
    const y = tensor2d(targets);
    const x = tensor2d(outputs);
    return {
      value: [...loss(x, y).dataSync()],
      gradient: [...grad((z: Tensor) => sum(loss(z as Tensor2D, y)))(x).dataSync()],
    };
  });
}

/** Central difference of a function computed in double precision. */
export function slope(f: (x: number) => number, x: number, step = 1e-6): number {
  return (f(x + step) - f(x - step)) / (2 * step);
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** |got − expected| <= 1e-5 + 1e-4·|expected|: room for float32. */
export function near(got: number, expected: number): boolean {
  return Math.abs(got - expected) <= 1e-5 + 1e-4 * Math.abs(expected);
}
