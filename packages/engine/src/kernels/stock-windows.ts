// Stock convolutions have windows that the kernels do not compute: strides that differ, and several filters for each
// channel of a depthwise convolution. Their gradients are those of others that the kernels do compute.
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { heapFloats, output, release } from '../wasm/host.js';
import { depthwiseInputGradient, depthwiseWeightGradient } from './depthwise-convolution.js';
import type { Window } from './window.js';

type Shape4D = [number, number, number, number];

/** How a stock convolution moves over an image. */
export interface StockWindow {
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padInfo: Pick<backend_util.PadInfo, 'top' | 'bottom' | 'left' | 'right'>;
  readonly xShape: readonly number[];
  readonly wShape: readonly number[];
}

/**
 * Computes a gradient from that of the output. Where strides differ, the window takes every step, and the gradient is 0
 * at the outputs that this adds.
 *
 * @param compute with dy and a window of one stride
 */
export function withOneStride(
  dy: TensorInfo,
  { strideHeight, strideWidth, padInfo, xShape, wShape }: StockWindow,
  compute: (dy: TensorInfo, window: Window) => TensorInfo,
): TensorInfo {
  const { top, bottom, left, right } = padInfo;
  if (strideHeight === strideWidth) {
    return compute(dy, { stride: strideHeight, top, bottom, left, right, xShape, wShape });
  }
  const [n, height, width, channels] = dy.shape;
  const vertical = everyStep(xShape[1], wShape[0], top, (height - 1) * strideHeight);
  const horizontal = everyStep(xShape[2], wShape[1], left, (width - 1) * strideWidth);
  const spread = output([n, vertical.size, horizontal.size, channels]);
  const [from, to] = [heapFloats(dy), heapFloats(spread).fill(0)];
  for (let image = 0, at = 0; image < n; image++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += channels) {
        const place = (image * vertical.size + y * strideHeight) * horizontal.size + x * strideWidth;
        to.set(from.subarray(at, at + channels), place * channels);
      }
    }
  }
  const [below, beside] = [vertical.after, horizontal.after];
  const window = { stride: 1, top, bottom: below, left, right: beside, xShape, wShape };
  const gradient = compute(spread, window);
  release(spread);
  return gradient;
}

/** Zeros after an axis, and its outputs, when the window takes every step up to `last` at least. */
function everyStep(size: number, kernel: number, before: number, last: number) {
  const after = Math.max(0, last + kernel - size - before);
  return { after, size: before + size + after - kernel + 1 };
}

/**
 * Gradient of the weight [KH, KW, C, M] of a depthwise convolution, output c·M + m from channel c: that of one filter for
 * each of C·M channels, of which M each are the same.
 */
export function filtersWeightGradient(x: TensorInfo, dy: TensorInfo, window: Window): TensorInfo {
  const filters = window.wShape[3];
  if (filters === 1) return depthwiseWeightGradient(x, dy, window);
  const wide = output(timesLast(x.shape, filters));
  const [from, to] = [heapFloats(x), heapFloats(wide)];
  from.forEach((value, i) => to.fill(value, i * filters, (i + 1) * filters));
  const dw = depthwiseWeightGradient(wide, dy, oneFilter(window));
  release(wide);
  return { ...dw, shape: [...window.wShape] };
}

/** Gradient of the input of such a convolution: the sum over a channel's filters. */
export function filtersInputGradient(dy: TensorInfo, weight: TensorInfo, window: Window): TensorInfo {
  const filters = window.wShape[3];
  if (filters === 1) return depthwiseInputGradient(dy, weight, window);
  const { xShape, wShape } = oneFilter(window);
  const wide = depthwiseInputGradient(dy, { ...weight, shape: [...wShape] }, { ...window, xShape, wShape });
  const dx = output(window.xShape);
  const [from, to] = [heapFloats(wide), heapFloats(dx)];
  for (let i = 0; i < to.length; i++) {
    let sum = 0;
    for (let m = 0; m < filters; m++) sum += from[i * filters + m];
    to[i] = sum;
  }
  release(wide);
  return dx;
}

const timesLast = (shape: readonly number[], factor: number): number[] => [
  ...shape.slice(0, -1),
  shape[shape.length - 1] * factor,
];

function oneFilter({ xShape, wShape, ...rest }: Window): Window {
  const [kh, kw, channels, filters] = wShape;
  return { ...rest, xShape: timesLast(xShape, filters), wShape: [kh, kw, channels * filters, 1] };
}

/** The window of a stock convolution, from the attributes of its gradient. */
export function stockWindow(
  xShape: readonly number[],
  wShape: readonly number[],
  attributes: {
    readonly strides: number | [number, number];
    readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
    readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  },
  depthwise: boolean,
): StockWindow {
  const { strides, pad, dimRoundingMode } = attributes;
  const { strideHeight, strideWidth, padInfo } = backend_util.computeConv2DInfo(
    xShape as Shape4D,
    wShape as Shape4D,
    strides,
    1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  return { strideHeight, strideWidth, padInfo, xShape, wShape };
}
