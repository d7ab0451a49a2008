import type { TensorInfo } from '@tensorflow/tfjs-core';
import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { activationArguments } from './activation-code.js';

const size = (t: TensorInfo): number => t.shape.reduce((a, b) => a * b, 1);

/** y[R, out] = x[R, in]·W (+ b): `PolytagLinear`. */
export const runLinear = registerTrainingKernel({
  name: 'PolytagLinear',
  kernel({ x, weight, bias }) {
    const [inputs, outputs] = weight.shape;
    const rows = size(x) / inputs;
    const y = output([...x.shape.slice(0, -1), outputs]);
    const { gemm, fillRows, gemmWorkBytes } = kernels();
    const work = scratch(gemmWorkBytes());
    if (bias) fillRows(address(bias), address(y), rows, outputs);
    const [a, b, c] = [address(x), address(weight), address(y)];
    gemm(a, inputs, 1, b, outputs, 1, c, outputs, rows, outputs, inputs, bias ? 1 : 0, work);
    return y;
  },
  gradient: {
    inputs: ['x', 'weight'],
    of: (dy, [x, weight]) => ({
      x: () => runLinearInputGradient({ dy, weight }),
      weight: () => runLinearWeightGradient({ x, dy }),
      bias: () => runColumnSums({ x: dy }),
    }),
  },
});

/** activation(x·W + b) (attributes `activation` and `slope`), for inference: `PolytagFusedLinear`. */
export const runFusedLinear = registerTrainingKernel({
  name: 'PolytagFusedLinear',
  kernel({ x, weight, bias }, attributes) {
    const [inputs, outputs] = weight.shape;
    const y = output([...x.shape.slice(0, -1), outputs]);
    const { gemmFused, gemmWorkBytes } = kernels();
    const work = scratch(gemmWorkBytes());
    const [a, b, c, pb] = [x, weight, y, bias].map(address);
    gemmFused(a, b, c, size(x) / inputs, outputs, inputs, pb, ...activationArguments(attributes), work);
    return y;
  },
});

const runLinearInputGradient = registerTrainingKernel({
  name: 'PolytagLinearInputGradient',
  kernel({ dy, weight }) {
    const [inputs, outputs] = weight.shape;
    const dx = output([...dy.shape.slice(0, -1), inputs]);
    const { gemm, gemmWorkBytes } = kernels();
    const work = scratch(gemmWorkBytes());
    const [a, b, c] = [address(dy), address(weight), address(dx)];
    gemm(a, outputs, 1, b, 1, outputs, c, inputs, size(dy) / outputs, inputs, outputs, 0, work);
    return dx;
  },
});

const runLinearWeightGradient = registerTrainingKernel({
  name: 'PolytagLinearWeightGradient',
  kernel({ x, dy }) {
    const inputs = x.shape[x.shape.length - 1];
    const outputs = dy.shape[dy.shape.length - 1];
    const dw = output([inputs, outputs]);
    const { gemm, gemmWorkBytes } = kernels();
    const work = scratch(gemmWorkBytes());
    const [a, b, c] = [address(x), address(dy), address(dw)];
    gemm(a, 1, inputs, b, outputs, 1, c, outputs, inputs, outputs, size(x) / inputs, 0, work);
    return dw;
  },
});

/** Sums over all dimensions but the last. */
const runColumnSums = registerTrainingKernel({
  name: 'PolytagColumnSums',
  kernel({ x }) {
    const columns = x.shape[x.shape.length - 1];
    const sums = output([columns]);
    const work = scratch(4 * columns);
    kernels().columnSums(address(x), address(sums), size(x) / columns, columns, work);
    return sums;
  },
});
