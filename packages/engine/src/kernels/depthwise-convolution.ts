import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { depthwiseConv2dKernel, fusedDepthwiseConv2dKernel } from '@polytag/ops/kernels';
import { address, kernels, output, scratch } from '../wasm/host.js';
import { activationCode } from './activation.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { padded, sizeOf } from './shapes.js';
import { NO_EPILOGUE, sizesOf, windowGradient, type Window, type WindowSizes } from './window.js';

/** Gradient of a depthwise convolution's input. */
export function depthwiseInputGradient(dy: TensorInfo, weight: TensorInfo, window: Window): TensorInfo {
  const dx = output(window.xShape);
  onWideChannels(sizesOf(window), [dy, weight, dx], (pdy, pw, pdx, sizes, work) => {
    kernels().depthwiseInputGradient({ dy: pdy, w: pw, dx: pdx, ...sizes, work });
  });
  return dx;
}

/** Gradient of a depthwise convolution's weight. */
export function depthwiseWeightGradient(x: TensorInfo, dy: TensorInfo, window: Window): TensorInfo {
  const dw = output(window.wShape);
  onWideChannels(sizesOf(window), [x, dy, dw], (px, pdy, pdw, sizes, work) => {
    kernels().depthwiseWeightGradient({ x: px, dy: pdy, dw: pdw, ...sizes, work });
  });
  return dw;
}

const inputGradient = gradientKernel(
  'PolytagDepthwiseConv2DInputGradient',
  ({ dy, weight }: Inputs<'dy' | 'weight'>, window: Window) => depthwiseInputGradient(dy, weight, window),
);

const weightGradient = gradientKernel(
  'PolytagDepthwiseConv2DWeightGradient',
  ({ x, dy }: Inputs<'x' | 'dy'>, window: Window) => depthwiseWeightGradient(x, dy, window),
);

/** Depthwise convolution with any padding and stride. */
export const depthwiseConvolution: KernelOf<typeof depthwiseConv2dKernel> = {
  kernel({ x, weight }, attributes) {
    const sizes = sizesOf({ ...attributes, xShape: x.shape, wShape: weight.shape });
    const y = output([sizes.N, sizes.OH, sizes.OW, sizes.C]);
    onWideChannels(sizes, [x, weight, y], (px, pw, py, wide, work) => {
      kernels().depthwiseForward({ x: px, w: pw, y: py, ...wide, ...NO_EPILOGUE, work });
    });
    return y;
  },
  gradient: windowGradient(inputGradient, weightGradient),
};

/** With bias and activation. */
export const fusedDepthwiseConvolution: KernelOf<typeof fusedDepthwiseConv2dKernel> = {
  kernel({ x, weight, bias }, attributes) {
    const sizes = sizesOf({ ...attributes, xShape: x.shape, wShape: weight.shape });
    const y = output([sizes.N, sizes.OH, sizes.OW, sizes.C]);
    const biasBytes = padded(sizes.C) * 4;
    const compute: Compute = (px, pw, py, wide, work) => {
      kernels().widen({ x: bias, y: work, R: 1, C: sizes.C, wide: wide.C });
      const epilogue = { bias: work, ...activationCode(attributes) };
      kernels().depthwiseForward({ x: px, w: pw, y: py, ...wide, ...epilogue, work: work + biasBytes });
    };
    onWideChannels(sizes, [x, weight, y], compute, biasBytes);
    return y;
  },
};

/** Takes addresses, sizes with a multiple of 4 channels, and working memory. */
type Compute = (first: number, second: number, result: number, sizes: WindowSizes, work: number) => void;

/**
 * Runs `compute` on data whose channels are a multiple of 4. Where the tensors' are not, the operands are copied to working
 * memory with zero channels at their ends and the result is copied back without them.
 *
 * @param moreBytes of working memory, beside what each of the kernels needs
 */
function onWideChannels(
  sizes: WindowSizes,
  [first, second, result]: readonly [TensorInfo, TensorInfo, TensorInfo],
  compute: Compute,
  moreBytes = 0,
): void {
  const { C } = sizes;
  const wide = padded(C);
  const wideSizes = { ...sizes, C: wide };
  const workBytes = moreBytes + Math.ceil(kernels().depthwiseWorkBytes(wideSizes) / 16) * 16;
  if (C === wide) {
    const work = scratch(workBytes);
    compute(address(first), address(second), address(result), wideSizes, work);
    return;
  }
  const rows = (t: TensorInfo) => sizeOf(t.shape) / C;
  const bytes = (t: TensorInfo) => rows(t) * wide * 4;
  const work = scratch(workBytes + bytes(first) + bytes(second) + bytes(result));
  const a = work + workBytes;
  const b = a + bytes(first);
  const r = b + bytes(second);
  kernels().widen({ x: first, y: a, R: rows(first), C, wide });
  kernels().widen({ x: second, y: b, R: rows(second), C, wide });
  compute(a, b, r, wideSizes, work);
  kernels().narrow({ x: r, y: result, R: rows(result), C, wide });
}
