import {
  depthwiseConv2d as stockDepthwiseConv2d,
  tidy,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { kernelsAttached } from '../wasm/host.js';
import { runDepthwise } from '../kernels/depthwise-convolution.js';
import { checkWindow, zeroPad, type ConvolutionOptions } from './convolution.js';

/** Refuses channels that differ, and what `checkWindow` refuses. */
export function checkDepthwise(
  operation: string,
  x: Tensor4D,
  weight: Tensor4D,
  options: ConvolutionOptions,
): void {
  const [kh, kw, channels, multiplier] = weight.shape;
  if (x.rank !== 4 || channels !== x.shape[3] || multiplier !== 1) {
    throw new UsageError(
      'usage/shape',
      `${operation}: input [${x.shape}] does not fit weight [${weight.shape}]`,
    );
  }
  checkWindow(operation, [x.shape[1], x.shape[2]], [kh, kw], options);
}

/**
 * Depthwise convolution without bias: channel c of the output sees channel c of the input only.
 * @param x feature map [B, H, W, C]
 * @param weight [kh, kw, C, 1]
 * @returns [B, h, w, C] with h = floor((H + top + bottom − kh)/stride) + 1
 */
export function depthwiseConv2d(x: Tensor4D, weight: Tensor4D, options: ConvolutionOptions): Tensor4D {
  checkDepthwise('depthwiseConv2d', x, weight, options);
  const { stride, padding } = options;
  if (!kernelsAttached())
    return tidy(() => stockDepthwiseConv2d(zeroPad(x, padding), weight, stride, 'valid'));
  return runDepthwise({ x, weight }, { stride, ...padding }) as Tensor as Tensor4D;
}
