import {
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  Dilation2D,
  Dilation2DBackpropFilter,
  Dilation2DBackpropInput,
  Einsum,
  getKernel,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  Prelu,
  registerKernel,
  unregisterKernel,
  type KernelFunc,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { maxPoolGradient, type MaxPoolAttributes } from './max-pool-gradient.js';
import { onCpu } from './on-cpu.js';
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
  mended = true;
}

function replace(kernelName: string, by: (stock: KernelFunc | undefined) => KernelFunc): void {
  const stock = getKernel(kernelName, 'wasm');
  if (stock) unregisterKernel(kernelName, 'wasm');
  registerKernel({ ...stock, kernelName, backendName: 'wasm', kernelFunc: by(stock?.kernelFunc) });
}
