import {
  depthwiseConv2d as stockDepthwiseConv2d,
  tidy,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import type { ActivationAttributes } from './activation.js';
import { checkWindow, zeroPad, type ConvolutionAttributes, type ConvolutionOptions } from './convolution.js';
import { withEpilogue, type Epilogue } from './epilogue.js';
import { operationKernel } from './kernel.js';

export const depthwiseConv2dKernel = operationKernel<
  { x: Tensor4D; weight: Tensor4D },
  ConvolutionAttributes,
  Tensor4D
>('PolytagDepthwiseConv2D');
/** Without a gradient. */
export const fusedDepthwiseConv2dKernel = operationKernel<
  { x: Tensor4D; weight: Tensor4D; bias: Tensor1D },
  ConvolutionAttributes & ActivationAttributes,
  Tensor4D
>('PolytagFusedDepthwiseConv2D');

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
  if (!depthwiseConv2dKernel.isAvailable()) {
    return tidy(() => stockDepthwiseConv2d(zeroPad(x, padding), weight, stride, 'valid'));
  }
  return depthwiseConv2dKernel.run({ x, weight }, { stride, ...padding });
}

/** activation(`depthwiseConv2d` + bias), for inference (see `Epilogue`); shapes and errors as `depthwiseConv2d`. */
export function fusedDepthwiseConv2d(
  x: Tensor4D,
  weight: Tensor4D,
  options: ConvolutionOptions & Epilogue,
): Tensor4D {
  checkDepthwise('fusedDepthwiseConv2d', x, weight, options);
  const { stride, padding, bias } = options;
  return withEpilogue('fusedDepthwiseConv2d', weight.shape[2], options, {
    plain: () => depthwiseConv2d(x, weight, options),
    kernel: fusedDepthwiseConv2dKernel,
    run: (end) => fusedDepthwiseConv2dKernel.run({ x, weight, bias }, { stride, ...padding, ...end }),
  });
}
