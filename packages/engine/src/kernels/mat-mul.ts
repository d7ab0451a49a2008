import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';

/** Product of two matrices or of two batches of matrices: `PolytagMatMul`. */
export const runMatMul = registerTrainingKernel({
  name: 'PolytagMatMul',
  kernel({ a, b }, { transposeA, transposeB }) {
    const [rowsA, columnsA] = a.shape.slice(-2);
    const [rowsB, columnsB] = b.shape.slice(-2);
    const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
    const n = transposeB ? rowsB : columnsB;
    const [aRow, aColumn] = transposeA ? [1, columnsA] : [columnsA, 1];
    const [bRow, bColumn] = transposeB ? [1, columnsB] : [columnsB, 1];
    const batch = a.shape.length === 3 ? a.shape[0] : 1;
    const y = output([...a.shape.slice(0, -2), m, n]);
    const { gemmBatch, gemmWorkBytes } = kernels();
    const work = scratch(gemmWorkBytes());
    const left = [address(a), m * k, aRow, aColumn];
    const right = [address(b), k * n, bRow, bColumn];
    gemmBatch(batch, ...left, ...right, address(y), m * n, n, m, n, k, work);
    return y;
  },
  gradient: {
    inputs: ['a', 'b'],
    of(dy, [a, b], { transposeA, transposeB }) {
      const tB = Boolean(transposeB);
      const tA = Boolean(transposeA);
      return {
        a: () =>
          tA
            ? runMatMul({ a: b, b: dy }, { transposeA: tB, transposeB: true })
            : runMatMul({ a: dy, b }, { transposeA: false, transposeB: !tB }),
        b: () =>
          tB
            ? runMatMul({ a: dy, b: a }, { transposeA: true, transposeB: tA })
            : runMatMul({ a, b: dy }, { transposeA: !tA, transposeB: false }),
      };
    },
  },
});
