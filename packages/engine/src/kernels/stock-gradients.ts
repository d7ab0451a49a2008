import {
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
import { computingNothing, heapFloats, heapIntegers, output } from '../wasm/host.js';
import { convolutionWeightGradient } from './convolution.js';
import { isEmpty } from './shapes.js';
import {
  filtersInputGradient,
  filtersWeightGradient,
  stockWindow,
  withOneStride,
  type StockWindow,
} from './stock-windows.js';

/**
 * Kernels that the gradients of stock operations call and tfjs's wasm backend lacks: those of gather, of convolution and
 * of depthwise convolution. With them a model of plain tfjs layers trains on wasm too.
 */
export function registerStockGradients(): void {
  const kernels: Record<string, (inputs: Tensors, attributes: StockAttributes) => TensorInfo> = {
    [UnsortedSegmentSum]: unsortedSegmentSum,
    [Conv2DBackpropFilter]: ({ x, dy }, attributes) =>
      withOneStride(dy, windowOf(x.shape, attributes.filterShape, attributes), (spread, window) =>
        convolutionWeightGradient(x, spread, window),
      ),
    [DepthwiseConv2dNativeBackpropFilter]: ({ x, dy }, attributes) =>
      withOneStride(dy, windowOf(x.shape, attributes.filterShape, attributes, true), (spread, window) =>
        filtersWeightGradient(x, spread, window),
      ),
    [DepthwiseConv2dNativeBackpropInput]: ({ dy, filter }, attributes) =>
      withOneStride(dy, windowOf(attributes.inputShape, filter.shape, attributes, true), (spread, window) =>
        filtersInputGradient(spread, filter, window),
      ),
  };
  for (const [kernelName, compute] of Object.entries(kernels)) {
    if (getKernel(kernelName, 'wasm')) continue;
    registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => {
        const run = () => compute(inputs as Tensors, attrs as unknown as StockAttributes);
        return Object.values(inputs).some(isEmpty) ? computingNothing(run) : run();
      },
    } satisfies KernelConfig);
  }
}

type Tensors = Record<string, TensorInfo>;
type StockAttributes = Parameters<typeof stockWindow>[2] & {
  readonly dataFormat?: string;
  readonly filterShape: readonly number[];
  readonly inputShape: readonly number[];
  readonly numSegments: number;
};

function windowOf(
  x: readonly number[],
  filter: readonly number[],
  attributes: StockAttributes,
  depthwise = false,
): StockWindow {
  const { dataFormat = 'NHWC' } = attributes;
  if (dataFormat !== 'NHWC') {
    throw new EngineError('engine/missing', `the wasm engine has no convolution gradient for ${dataFormat}`, {
      hint: "put channels last: dataFormat 'channelsLast' (NHWC), which is tfjs's default",
    });
  }
  return stockWindow(x, filter, attributes, depthwise);
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
