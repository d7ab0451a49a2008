import {
  _FusedMatMul,
  All,
  Any,
  ArgMax,
  ArgMin,
  BatchMatMul,
  ClipByValue,
  Conv2D,
  Conv2DBackpropInput,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  DepthwiseConv2dNative,
  Dilation2D,
  Dilation2DBackpropFilter,
  Dilation2DBackpropInput,
  Einsum,
  FusedConv2D,
  FusedDepthwiseConv2D,
  getKernel,
  Max,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  Mean,
  Min,
  Prelu,
  Prod,
  registerKernel,
  Relu,
  Relu6,
  Sum,
  unregisterKernel,
  type KernelFunc,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { maxPoolGradient, type MaxPoolAttributes } from './max-pool-gradient.js';
import { onCpu } from './on-cpu.js';
import { heapFloats, release } from '../wasm/host.js';
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
/**
 * The same where they end in one of these activations. Depthwise convolutions make −Infinity of NaN before that, in code
 * that cannot be replaced from here.
 */
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
  for (const kernelName of HIDE_NAN)
    replace(kernelName, (stock) => (args) => keepNaN((args.inputs as Tensors)['x'], stock!(args)));
  for (const kernelName of FUSED)
    replace(kernelName, (stock) => (args) => {
      const activation = FUSED_ACTIVATIONS[String(args.attrs?.['activation'])];
      if (activation === undefined) return stock!(args);
      const x = stock!({ ...args, attrs: { ...args.attrs, activation: 'linear' } }) as TensorInfo;
      const y = getKernel(activation, 'wasm').kernelFunc({ inputs: { x }, backend: args.backend });
      release(x);
      return y;
    });
  for (const kernelName of WRONG_OF_NOTHING)
    replace(kernelName, (stock) => {
      const ofNothing = onCpu(kernelName);
      return (args) => (Object.values(args.inputs).some(isEmpty) ? ofNothing(args) : stock!(args));
    });
  mended = true;
}

/** Puts NaN where x has it into a result of the same shape. */
function keepNaN(x: TensorInfo, result: TensorInfo | TensorInfo[]): TensorInfo {
  const y = result as TensorInfo;
  if (x.dtype !== 'float32') return y;
  const [from, to] = [heapFloats(x), heapFloats(y)];
  for (let i = 0; i < from.length; i++) if (from[i] !== from[i]) to[i] = NaN;
  return y;
}

function replace(kernelName: string, by: (stock: KernelFunc | undefined) => KernelFunc): void {
  const stock = getKernel(kernelName, 'wasm');
  if (stock) unregisterKernel(kernelName, 'wasm');
  registerKernel({ ...stock, kernelName, backendName: 'wasm', kernelFunc: by(stock?.kernelFunc) });
}
