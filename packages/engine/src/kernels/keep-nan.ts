// Kernels of tfjs's wasm backend that clamp their results make a bound of NaN, mostly −Infinity, as a comparison with NaN
// chooses its other side. A later layer then computes with what is no longer found.
import {
  AvgPool,
  backend,
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { heapFloats, output, release } from '../wasm/host.js';
import { onCpu } from './on-cpu.js';

type Tensors = Record<string, TensorInfo | undefined>;

/** Of a kernel whose result has the shape of its input x: puts NaN where x has it. */
export const keepingNaN =
  (stock: KernelFunc): KernelFunc =>
  (args) => {
    const y = stock(args) as TensorInfo;
    copyNaN((args.inputs as Tensors)['x']!, y);
    return y;
  };

/** Of a kernel that rounds nothing: the cpu backend computes where an input has NaN. */
export function exactWithNaN(kernelName: string, stock: KernelFunc): KernelFunc {
  const right = onCpu(kernelName);
  return (args) => (floatsOf(args.inputs as Tensors).some(hasNaN) ? right(args) : stock(args));
}

/**
 * Of a kernel that sums: puts NaN where the cpu backend's result has it, and leaves all other results as they are. That is
 * slow, and only done where an input has NaN or infinity, whose difference is NaN.
 */
export function summingNaN(
  kernelName: string,
  stock: KernelFunc,
  concerned: (inputs: Tensors) => boolean = () => true,
): KernelFunc {
  const right = onCpu(kernelName);
  return (args) => {
    const y = stock(args) as TensorInfo;
    const inputs = args.inputs as Tensors;
    if (!concerned(inputs) || floatsOf(inputs).every(areFinite)) return y;
    const reference = right(args) as TensorInfo;
    copyNaN(reference, y);
    release(reference);
    return y;
  };
}

/** Of max pooling: NaN where the window has one. The cpu backend passes it over, as a comparison with NaN is false. */
export const poolingNaN =
  (stock: KernelFunc): KernelFunc =>
  (args) => {
    const y = stock(args) as TensorInfo;
    const x = (args.inputs as Tensors)['x']!;
    if (!hasNaN(heapFloats(x))) return y;
    const marks = output(x.shape);
    heapFloats(marks).set(heapFloats(x).map((value) => Number(value !== value)));
    const share = averageOf(marks, args.attrs);
    const [shares, values] = [heapFloats(share), heapFloats(y)];
    for (let i = 0; i < values.length; i++) if (shares[i] > 0) values[i] = NaN;
    release(marks);
    release(share);
    return y;
  };

const averageOf = (x: TensorInfo, attrs: NamedAttrMap | undefined): TensorInfo =>
  getKernel(AvgPool, 'wasm').kernelFunc({ inputs: { x }, attrs, backend: backend() }) as TensorInfo;

function copyNaN(from: TensorInfo, to: TensorInfo): void {
  if (from.dtype !== 'float32') return;
  const [source, target] = [heapFloats(from), heapFloats(to)];
  for (let i = 0; i < source.length; i++) if (source[i] !== source[i]) target[i] = NaN;
}

const floatsOf = (inputs: Tensors): Float32Array[] =>
  Object.values(inputs).flatMap((tensor) => (tensor?.dtype === 'float32' ? [heapFloats(tensor)] : []));

const hasNaN = (values: Float32Array): boolean =>
  !areFinite(values) && values.some((value) => value !== value);

/** Neither NaN nor infinite. Four sums: one alone waits for itself. */
function areFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    a += values[i] * 0;
    b += values[i + 1] * 0;
    c += values[i + 2] * 0;
    d += values[i + 3] * 0;
  }
  for (let i = whole; i < values.length; i++) a += values[i] * 0;
  return a + b + c + d === 0;
}
