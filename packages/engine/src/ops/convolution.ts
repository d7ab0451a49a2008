import { conv2d as stockConv2d, pad, reshape, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { outputSize, type Padding2D } from '../padding/resolve-padding.js';
import { kernelsAttached } from '../wasm/host.js';
import { runConvolution } from '../kernels/convolution.js';
import { linear } from './linear.js';

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
  const [kh, kw, channels, filters] = weight.shape;
  const { stride, padding } = options;
  if (!kernelsAttached()) return tidy(() => stockConv2d(zeroPad(x, padding), weight, stride, 'valid'));
  const { top, bottom, left, right } = padding;
  if (kh === 1 && kw === 1 && stride === 1 && top + bottom + left + right === 0) {
    return tidy(() => linear(x, reshape(weight, [channels, filters])) as Tensor4D);
  }
  return runConvolution({ x, weight }, { stride, top, bottom, left, right }) as Tensor as Tensor4D;
}
