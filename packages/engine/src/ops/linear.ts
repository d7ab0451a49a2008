import {
  add,
  matMul as stockMatMul,
  reshape,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { kernelsAttached } from '../wasm/host.js';
import { runLinear } from '../kernels/linear.js';

/** Refuses an input or a bias that does not fit the weight. */
export function checkLinear(operation: string, x: Tensor, weight: Tensor2D, bias?: Tensor1D): void {
  const [inputs, outputs] = weight.shape;
  if (
    x.rank < 1 ||
    x.shape[x.rank - 1] !== inputs ||
    (bias && (bias.rank !== 1 || bias.shape[0] !== outputs))
  ) {
    const and = bias ? ` and bias [${bias.shape}]` : '';
    throw new UsageError(
      'usage/shape',
      `${operation}: input [${x.shape}] does not fit weight [${weight.shape}]${and}`,
    );
  }
}

/**
 * y = x·W + b on the last dimension; on a feature map it is the pointwise (1x1) convolution.
 * @param x [..., in]
 * @param weight [in, out]
 * @param bias [out], optional
 * @returns [..., out]
 */
export function linear(x: Tensor, weight: Tensor2D, bias?: Tensor1D): Tensor {
  checkLinear('linear', x, weight, bias);
  const [inputs, outputs] = weight.shape;
  if (kernelsAttached()) return runLinear(bias ? { x, weight, bias } : { x, weight });
  return tidy(() => {
    const rows = reshape(x, [x.size / inputs, inputs]);
    const product = stockMatMul(rows as Tensor2D, weight);
    return reshape(bias ? add(product, bias) : product, [...x.shape.slice(0, -1), outputs]);
  });
}
