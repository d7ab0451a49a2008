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
import type { ActivationAttributes } from './activation.js';
import { withEpilogue, type Epilogue } from './epilogue.js';
import { operationKernel, type NoAttributes } from './kernel.js';

export const linearKernel = operationKernel<
  { x: Tensor; weight: Tensor2D; bias: Tensor1D | undefined },
  NoAttributes
>('PolytagLinear');
/** Without a gradient. */
export const fusedLinearKernel = operationKernel<
  { x: Tensor; weight: Tensor2D; bias: Tensor1D },
  ActivationAttributes
>('PolytagFusedLinear');

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
  if (linearKernel.isAvailable()) return linearKernel.run({ x, weight, bias }, {});
  return tidy(() => {
    const rows = reshape(x, [x.size / inputs, inputs]);
    const product = stockMatMul(rows as Tensor2D, weight);
    return reshape(bias ? add(product, bias) : product, [...x.shape.slice(0, -1), outputs]);
  });
}

/** activation(x·W + b), for inference (see `Epilogue`); shapes and errors as `linear`. */
export function fusedLinear(x: Tensor, weight: Tensor2D, options: Epilogue): Tensor {
  const { bias } = options;
  checkLinear('fusedLinear', x, weight, bias);
  return withEpilogue('fusedLinear', weight.shape[1], options, {
    plain: () => linear(x, weight),
    kernel: fusedLinearKernel,
    run: (end) => fusedLinearKernel.run({ x, weight, bias }, end),
  });
}
