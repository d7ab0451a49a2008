import type { fusedLinearKernel, linearKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { activationCode } from './activation.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { rowsOf, sizeOf } from './shapes.js';

/** Working memory of a product of matrices. */
export function productScratch(): number {
  return scratch(kernels().gemmWorkBytes());
}

/** y[R, out] = x[R, in]·W (+ b) */
export const linear: KernelOf<typeof linearKernel> = {
  kernel({ x, weight, bias }) {
    const [inputs, outputs] = weight.shape;
    const rows = sizeOf(x.shape) / inputs;
    const y = output([...x.shape.slice(0, -1), outputs]);
    if (bias) kernels().fillRows({ bias, y, R: rows, C: outputs });
    kernels().gemm({
      A: x,
      aRow: inputs,
      aColumn: 1,
      B: weight,
      bRow: outputs,
      bColumn: 1,
      C: y,
      cRow: outputs,
      M: rows,
      N: outputs,
      K: inputs,
      acc: bias !== undefined,
      work: productScratch(),
    });
    return y;
  },
  gradient: {
    inputs: ['x', 'weight'],
    of: (dy, [x, weight]) => ({
      x: () => inputGradient({ dy, weight }),
      weight: () => weightGradient({ x, dy }),
      bias: () => columnSums({ x: dy }),
    }),
  },
};

/** activation(x·W + b) */
export const fusedLinear: KernelOf<typeof fusedLinearKernel> = {
  kernel({ x, weight, bias }, attributes) {
    const [inputs, outputs] = weight.shape;
    const y = output([...x.shape.slice(0, -1), outputs]);
    kernels().gemmFused({
      A: x,
      B: weight,
      C: y,
      M: sizeOf(x.shape) / inputs,
      N: outputs,
      K: inputs,
      bias,
      ...activationCode(attributes),
      work: productScratch(),
    });
    return y;
  },
};

const inputGradient = gradientKernel(
  'PolytagLinearInputGradient',
  ({ dy, weight }: Inputs<'dy' | 'weight'>) => {
    const [inputs, outputs] = weight.shape;
    const dx = output([...dy.shape.slice(0, -1), inputs]);
    kernels().gemm({
      A: dy,
      aRow: outputs,
      aColumn: 1,
      B: weight,
      bRow: 1,
      bColumn: outputs,
      C: dx,
      cRow: inputs,
      M: sizeOf(dy.shape) / outputs,
      N: inputs,
      K: outputs,
      acc: false,
      work: productScratch(),
    });
    return dx;
  },
);

const weightGradient = gradientKernel('PolytagLinearWeightGradient', ({ x, dy }: Inputs<'x' | 'dy'>) => {
  const { R: rows, C: inputs } = rowsOf(x.shape);
  const outputs = dy.shape[dy.shape.length - 1];
  const dw = output([inputs, outputs]);
  kernels().gemm({
    A: x,
    aRow: 1,
    aColumn: inputs,
    B: dy,
    bRow: outputs,
    bColumn: 1,
    C: dw,
    cRow: outputs,
    M: inputs,
    N: outputs,
    K: rows,
    acc: false,
    work: productScratch(),
  });
  return dw;
});

/** Sums over all dimensions but the last. */
const columnSums = gradientKernel('PolytagColumnSums', ({ x }: Inputs<'x'>) => {
  const { R, C } = rowsOf(x.shape);
  const sums = output([C]);
  kernels().columnSums({ x, sums, R, C, work: scratch(4 * C) });
  return sums;
});
