import type { groupLinearKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { productScratch } from './linear.js';

// Each is one product of matrices for each group: the operands' steps from group to group, and their strides, differ.

/** y[b, g, :] = t[b, g, :]·W[g] */
export const groupLinear: KernelOf<typeof groupLinearKernel> = {
  kernel({ t, weight }) {
    const [batch, groups, inputs] = t.shape;
    const outputs = weight.shape[2];
    const y = output([batch, groups, outputs]);
    kernels().matMul({
      count: groups,
      A: t,
      aStep: inputs,
      aRow: groups * inputs,
      aColumn: 1,
      B: weight,
      bStep: inputs * outputs,
      bRow: outputs,
      bColumn: 1,
      C: y,
      cStep: outputs,
      cRow: groups * outputs,
      M: batch,
      N: outputs,
      K: inputs,
      work: productScratch(),
    });
    return y;
  },
  gradient: {
    inputs: ['t', 'weight'],
    of: (dy, [t, weight]) => ({
      t: () => inputGradient({ dy, weight }),
      weight: () => weightGradient({ t, dy }),
    }),
  },
};

const inputGradient = gradientKernel(
  'PolytagGroupLinearInputGradient',
  ({ dy, weight }: Inputs<'dy' | 'weight'>) => {
    const [batch, groups, outputs] = dy.shape;
    const inputs = weight.shape[1];
    const dt = output([batch, groups, inputs]);
    kernels().matMul({
      count: groups,
      A: dy,
      aStep: outputs,
      aRow: groups * outputs,
      aColumn: 1,
      B: weight,
      bStep: inputs * outputs,
      bRow: 1,
      bColumn: outputs,
      C: dt,
      cStep: inputs,
      cRow: groups * inputs,
      M: batch,
      N: inputs,
      K: outputs,
      work: productScratch(),
    });
    return dt;
  },
);

const weightGradient = gradientKernel('PolytagGroupLinearWeightGradient', ({ t, dy }: Inputs<'t' | 'dy'>) => {
  const [batch, groups, inputs] = t.shape;
  const outputs = dy.shape[2];
  const dw = output([groups, inputs, outputs]);
  kernels().matMul({
    count: groups,
    A: t,
    aStep: inputs,
    aRow: 1,
    aColumn: groups * inputs,
    B: dy,
    bStep: outputs,
    bRow: groups * outputs,
    bColumn: 1,
    C: dw,
    cStep: inputs * outputs,
    cRow: outputs,
    M: inputs,
    N: outputs,
    K: batch,
    work: productScratch(),
  });
  return dw;
});
