import {
  _FusedMatMul,
  All,
  Any,
  ArgMax,
  ArgMin,
  AvgPool,
  BatchMatMul,
  Cast,
  ClipByValue,
  Conv2D,
  Conv2DBackpropInput,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  Cumprod,
  Cumsum,
  DepthwiseConv2dNative,
  Dilation2D,
  Dilation2DBackpropFilter,
  Dilation2DBackpropInput,
  Einsum,
  FusedConv2D,
  FusedDepthwiseConv2D,
  getKernel,
  Max,
  Maximum,
  MaxPool,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  Mean,
  Min,
  Minimum,
  Prelu,
  Prod,
  registerKernel,
  Relu,
  Relu6,
  Sum,
  unregisterKernel,
  type KernelFunc,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { maxPoolGradient, type MaxPoolAttributes } from './max-pool-gradient.js';
import { onCpu } from './on-cpu.js';
import { heapFloats, heapIntegers, heapTruths, output, release } from '../wasm/host.js';
import { exactWithNaN, keepingNaN, poolingNaN, summingNaN } from './keep-nan.js';
import { isEmpty } from './shapes.js';
import { broadcastPrelu, slopesAtTheEnd } from './stock-prelu.js';

type Tensors = Record<string, TensorInfo>;

/** Kernels that are wrong on wasm in tfjs 4.22, or not there, and rare enough to compute on the cpu backend. */
const RARE = [
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  Dilation2D,
  Dilation2DBackpropFilter,
  Dilation2DBackpropInput,
  Einsum,
  MaxPool3D,
  MaxPool3DGrad,
];

/**
 * Kernels that leave their output as it was in memory, or stop, where an input has no elements: there, the cpu backend
 * computes.
 */
const WRONG_OF_NOTHING = [
  All,
  Any,
  ArgMax,
  ArgMin,
  BatchMatMul,
  Conv2D,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  FusedConv2D,
  FusedDepthwiseConv2D,
  Max,
  Mean,
  Min,
  Prod,
  Sum,
  _FusedMatMul,
];

/** Kernels that make 0 or a bound of NaN, which then is no longer found. */
const HIDE_NAN = [Relu, Relu6, ClipByValue];
/** The same, of two inputs. */
const CHOOSE = [Maximum, Minimum];
/** The same, of sums. */
const SUMMING = [AvgPool, DepthwiseConv2dNative, FusedDepthwiseConv2D];
/** The same where one channel becomes one: they then run as a depthwise convolution. */
const CONVOLUTIONS = [Conv2D, FusedConv2D];
/** The same where they end in one of these activations. */
const FUSED = [_FusedMatMul, FusedConv2D];
const FUSED_ACTIVATIONS: Readonly<Record<string, string>> = { relu: Relu, relu6: Relu6 };

let mended = false;

/** Puts right kernels in the place of those of tfjs's wasm backend that compute something else than its cpu backend. */
export function mendKernels(): void {
  if (mended) return;
  replace(MaxPoolGrad, () => ({ inputs, attrs }) => {
    const { dy, input } = inputs as Tensors;
    return maxPoolGradient(dy, input, attrs as unknown as MaxPoolAttributes);
  });
  replace(Prelu, (stock) => (args) => {
    const { x, alpha } = args.inputs as Tensors;
    const other = x.dtype !== 'float32' || slopesAtTheEnd(x.shape, alpha.shape);
    return other ? stock!(args) : broadcastPrelu(x, alpha);
  });
  for (const kernelName of RARE) replace(kernelName, () => onCpu(kernelName));
  for (const kernelName of HIDE_NAN) replace(kernelName, (stock) => keepingNaN(stock!));
  for (const kernelName of CHOOSE) replace(kernelName, (stock) => exactWithNaN(kernelName, stock!));
  for (const kernelName of SUMMING) replace(kernelName, (stock) => summingNaN(kernelName, stock!));
  for (const kernelName of CONVOLUTIONS)
    replace(kernelName, (stock) => summingNaN(kernelName, stock!, ({ filter }) => isOneToOne(filter!)));
  replace(MaxPool, (stock) => poolingNaN(stock!));
  for (const kernelName of FUSED)
    replace(kernelName, (stock) => (args) => {
      const activation = FUSED_ACTIVATIONS[String(args.attrs?.['activation'])];
      if (activation === undefined) return stock!(args);
      const x = stock!({ ...args, attrs: { ...args.attrs, activation: 'linear' } }) as TensorInfo;
      const y = getKernel(activation, 'wasm').kernelFunc({ inputs: { x }, backend: args.backend });
      release(x);
      return y;
    });
  replace(Cast, (stock) => (args) => {
    const toTruth = args.attrs!['dtype'] === 'bool' && args.inputs['x']!.dtype !== 'bool';
    return toTruth ? truthOf(args.inputs['x']!) : stock!(args);
  });
  for (const kernelName of [Cumsum, Cumprod])
    replace(kernelName, (stock) => (args) => stock!({ ...args, attrs: fromTheStart(args) }));
  for (const kernelName of WRONG_OF_NOTHING)
    replace(kernelName, (stock) => {
      const ofNothing = onCpu(kernelName);
      return (args) => (Object.values(args.inputs).some(isEmpty) ? ofNothing(args) : stock!(args));
    });
  mended = true;
}

/** Whether a filter [H, W, C, M] makes one channel of one. */
const isOneToOne = ({ shape: [, , channels, filters] }: TensorInfo): boolean =>
  channels === 1 && filters === 1;

/** The stock kernel stores numbers as truth values, cut to a byte: 256 and 0.5 are false, 1 && 2 as well. */
function truthOf(x: TensorInfo): TensorInfo {
  const y = output(x.shape, 'bool');
  const values = x.dtype === 'int32' ? heapIntegers(x) : heapFloats(x);
  const truths = heapTruths(y);
  for (let i = 0; i < truths.length; i++) truths[i] = Number(values[i] !== 0);
  return y;
}

/** With an axis that counts from the end, the stock kernels read and write beside their memory. */
function fromTheStart({ inputs, attrs }: Parameters<KernelFunc>[0]): NamedAttrMap {
  const axis = attrs!['axis'] as number;
  return { ...attrs, axis: axis < 0 ? axis + inputs['x']!.shape.length : axis };
}

function replace(kernelName: string, by: (stock: KernelFunc | undefined) => KernelFunc): void {
  const stock = getKernel(kernelName, 'wasm');
  if (stock) unregisterKernel(kernelName, 'wasm');
  registerKernel({ ...stock, kernelName, backendName: 'wasm', kernelFunc: by(stock?.kernelFunc) });
}
