import {
  conv2d as stockConv2d,
  pad,
  reshape,
  tidy,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import type { ActivationAttributes } from './activation.js';
import { withEpilogue, type Epilogue } from './epilogue.js';
import { operationKernel } from './kernel.js';
import { fusedLinear, linear } from './linear.js';
import { outputSize, type Padding2D } from './padding.js';

export interface ConvolutionAttributes extends Padding2D {
  readonly stride: number;
}

export const conv2dKernel = operationKernel<
  { x: Tensor4D; weight: Tensor4D },
  ConvolutionAttributes,
  Tensor4D
>('PolytagConv2D');
/** Without a gradient. */
export const fusedConv2dKernel = operationKernel<
  { x: Tensor4D; weight: Tensor4D; bias: Tensor1D },
  ConvolutionAttributes & ActivationAttributes,
  Tensor4D
>('PolytagFusedConv2D');

export interface ConvolutionOptions {
  readonly stride: number;
  /** Zeros on each side; see `resolvePadding`. */
  readonly padding: Padding2D;
}

/** Zero-pads a feature map with stock operations; returns it as it is when there is nothing to add. */
export function zeroPad(x: Tensor4D, { top, bottom, left, right }: Padding2D): Tensor4D {
  if (top + bottom + left + right === 0) return x;
  return pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

/** Refuses what no convolution can be: a stride below 1, negative padding, a kernel larger than the padded input. */
export function checkWindow(
  operation: string,
  size: readonly number[],
  kernel: readonly number[],
  { stride, padding }: ConvolutionOptions,
): void {
  const { top, bottom, left, right } = padding;
  if (!Number.isInteger(stride) || stride < 1) {
    throw new UsageError('usage/stride', `${operation}: stride ${stride} is not a positive integer`);
  }
  if (Math.min(top, bottom, left, right) < 0) {
    throw new UsageError('usage/padding', `${operation}: negative padding ${JSON.stringify(padding)}`);
  }
  if (
    outputSize(size[0], kernel[0], stride, top, bottom) < 1 ||
    outputSize(size[1], kernel[1], stride, left, right) < 1
  ) {
    throw new UsageError(
      'usage/kernel-size',
      `${operation}: a ${kernel[0]}x${kernel[1]} kernel does not fit a ${size[0]}x${size[1]} input with padding ${JSON.stringify(padding)}`,
      { hint: 'use a larger image or more padding' },
    );
  }
}

/** Refuses channels that differ, and what `checkWindow` refuses. */
export function checkConvolution(
  operation: string,
  x: Tensor4D,
  weight: Tensor4D,
  options: ConvolutionOptions,
): void {
  const [kh, kw, channels] = weight.shape;
  if (x.rank !== 4 || channels !== x.shape[3]) {
    throw new UsageError(
      'usage/shape',
      `${operation}: input [${x.shape}] does not fit weight [${weight.shape}]`,
    );
  }
  checkWindow(operation, [x.shape[1], x.shape[2]], [kh, kw], options);
}

/**
 * Convolution (cross-correlation) without bias.
 * @param x feature map [B, H, W, in]
 * @param weight [kh, kw, in, out]
 * @returns [B, h, w, out] with h = floor((H + top + bottom − kh)/stride) + 1
 */
export function conv2d(x: Tensor4D, weight: Tensor4D, options: ConvolutionOptions): Tensor4D {
  checkConvolution('conv2d', x, weight, options);
  const [, , channels, filters] = weight.shape;
  const { stride, padding } = options;
  if (!conv2dKernel.isAvailable()) {
    return tidy(() => stockConv2d(zeroPad(x, padding), weight, stride, 'valid'));
  }
  if (isPointwise(weight, options)) {
    return tidy(() => linear(x, reshape(weight, [channels, filters])) as Tensor4D);
  }
  const { top, bottom, left, right } = padding;
  return conv2dKernel.run({ x, weight }, { stride, top, bottom, left, right });
}

/** activation(`conv2d` + bias), for inference (see `Epilogue`); shapes and errors as `conv2d`. */
export function fusedConv2d(x: Tensor4D, weight: Tensor4D, options: ConvolutionOptions & Epilogue): Tensor4D {
  checkConvolution('fusedConv2d', x, weight, options);
  const [, , channels, filters] = weight.shape;
  const { stride, padding, bias } = options;
  if (isPointwise(weight, options)) {
    return tidy(() => fusedLinear(x, reshape(weight, [channels, filters]), options) as Tensor4D);
  }
  return withEpilogue('fusedConv2d', filters, options, {
    plain: () => conv2d(x, weight, options),
    kernel: fusedConv2dKernel,
    run: (end) => fusedConv2dKernel.run({ x, weight, bias }, { stride, ...padding, ...end }),
  });
}

/** A pixel of the output sees one pixel of the input: the linear map of its channels. */
function isPointwise(weight: Tensor4D, { stride, padding }: ConvolutionOptions): boolean {
  const { top, bottom, left, right } = padding;
  const [kh, kw] = weight.shape;
  return kh === 1 && kw === 1 && stride === 1 && top + bottom + left + right === 0;
}
