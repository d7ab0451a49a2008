import {
  backend_util,
  Conv2DBackpropFilter,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  getKernel,
  registerKernel,
  UnsortedSegmentSum,
  type KernelConfig,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { EngineError } from '@polytag/core';
import { heapFloats, heapIntegers, output } from '../wasm/host.js';
import { convolutionWeightGradient, type Window } from './convolution.js';
import { depthwiseInputGradient, depthwiseWeightGradient } from './depthwise-convolution.js';

/**
 * Kernels that the gradients of stock operations call and tfjs's wasm backend lacks: those of gather, of convolution and
 * of depthwise convolution. With them a model of plain tfjs layers trains on wasm too.
 */
export function registerStockGradients(): void {
  const kernels: Record<string, (inputs: Tensors, attributes: StockAttributes) => TensorInfo> = {
    [UnsortedSegmentSum]: unsortedSegmentSum,
    [Conv2DBackpropFilter]: ({ x, dy }, attributes) =>
      convolutionWeightGradient(x, dy, window(x.shape, attributes.filterShape, attributes)),
    [DepthwiseConv2dNativeBackpropFilter]: ({ x, dy }, attributes) =>
      depthwiseWeightGradient(x, dy, window(x.shape, attributes.filterShape, attributes, true)),
    [DepthwiseConv2dNativeBackpropInput]: ({ dy, filter }, attributes) =>
      depthwiseInputGradient(dy, filter, window(attributes.inputShape, filter.shape, attributes, true)),
  };
  for (const [kernelName, compute] of Object.entries(kernels)) {
    if (getKernel(kernelName, 'wasm')) continue;
    registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => compute(inputs as Tensors, attrs as unknown as StockAttributes),
    } satisfies KernelConfig);
  }
}

type Tensors = Record<string, TensorInfo>;
type Shape4D = [number, number, number, number];

interface StockAttributes {
  readonly strides: number | [number, number];
  readonly dilations?: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: string;
  readonly filterShape: Shape4D;
  readonly inputShape: Shape4D;
  readonly numSegments: number;
}

/** Stride, padding and shapes of a stock convolution as the kernels take them; refuses what they do not do. */
function window(
  x: readonly number[],
  filter: readonly number[],
  attributes: StockAttributes,
  depthwise = false,
): Window {
  const { strides, pad, dimRoundingMode, dilations = 1, dataFormat = 'NHWC' } = attributes;
  const info = backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  const supported = strideHeight === strideWidth && dilationHeight === 1 && dilationWidth === 1;
  if (!supported || dataFormat !== 'NHWC' || (depthwise && filter[3] !== 1)) {
    throw new EngineError(
      'engine/missing',
      `the wasm engine has no gradient of a convolution with strides [${strideHeight}, ${strideWidth}], dilations [${dilationHeight}, ${dilationWidth}], weight [${filter}], ${dataFormat}`,
      {
        hint: 'use equal strides, no dilation, one filter for each channel of a depthwise convolution, and NHWC',
      },
    );
  }
  const { top, bottom, left, right } = padInfo;
  return { stride: strideHeight, top, bottom, left, right, xShape: x, wShape: filter };
}

/** y[s, :] = sum of the rows of x[R, ...] whose segment id is s: the gradient of gather. Negative ids are dropped. */
function unsortedSegmentSum({ x, segmentIds }: Tensors, { numSegments }: StockAttributes): TensorInfo {
  const shape = x.shape.slice(segmentIds.shape.length);
  const row = shape.reduce((a, b) => a * b, 1);
  const y = output([numSegments, ...shape]);
  const sums = heapFloats(y).fill(0);
  const values = heapFloats(x);
  heapIntegers(segmentIds).forEach((segment, r) => {
    if (segment < 0 || segment >= numSegments) return;
    for (let i = 0; i < row; i++) sums[segment * row + i] += values[r * row + i];
  });
  return y;
}
