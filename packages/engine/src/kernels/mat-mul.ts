import { matMulKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import type { KernelOf } from './kernel.js';
import { productScratch } from './linear.js';

const { run } = matMulKernel;

/** Product of two matrices or of two batches of matrices. */
export const matMul: KernelOf<typeof matMulKernel> = {
  kernel({ a, b }, { transposeA, transposeB }) {
    const [rowsA, columnsA] = a.shape.slice(-2);
    const [rowsB, columnsB] = b.shape.slice(-2);
    const [M, K] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
    const N = transposeB ? rowsB : columnsB;
    const y = output([...a.shape.slice(0, -2), M, N]);
    kernels().matMul({
      count: a.shape.length === 3 ? a.shape[0] : 1,
      A: a,
      aStep: M * K,
      aRow: transposeA ? 1 : columnsA,
      aColumn: transposeA ? columnsA : 1,
      B: b,
      bStep: K * N,
      bRow: transposeB ? 1 : columnsB,
      bColumn: transposeB ? columnsB : 1,
      C: y,
      cStep: M * N,
      cRow: N,
      M,
      N,
      K,
      work: productScratch(),
    });
    return y;
  },
  gradient: {
    inputs: ['a', 'b'],
    of: (dy, [a, b], { transposeA: tA, transposeB: tB }) => ({
      a: () =>
        tA
          ? run({ a: b, b: dy }, { transposeA: tB, transposeB: true })
          : run({ a: dy, b }, { transposeA: false, transposeB: !tB }),
      b: () =>
        tB
          ? run({ a: dy, b: a }, { transposeA: true, transposeB: tA })
          : run({ a, b: dy }, { transposeA: !tA, transposeB: false }),
    }),
  },
};
