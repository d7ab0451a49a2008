import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';

/** y[b, g, :] = t[b, g, :]·W[g]: `PolytagGroupLinear`. */
export const runGroupLinear = registerTrainingKernel({
  name: 'PolytagGroupLinear',
  kernel({ t, weight }) {
    const [batch, groups, inputs] = t.shape;
    const outputs = weight.shape[2];
    const y = output([batch, groups, outputs]);
    const { gemmBatch, gemmWorkBytes } = kernels();
    const work = scratch(gemmWorkBytes());
    const left = [address(t), inputs, groups * inputs, 1];
    const right = [address(weight), inputs * outputs, outputs, 1];
    gemmBatch(groups, ...left, ...right, address(y), outputs, groups * outputs, batch, outputs, inputs, work);
    return y;
  },
  gradient: {
    inputs: ['t', 'weight'],
    of: (dy, [t, weight]) => ({
      t: () => runInputGradient({ dy, weight }),
      weight: () => runWeightGradient({ t, dy }),
    }),
  },
});

const runInputGradient = registerTrainingKernel({
  name: 'PolytagGroupLinearInputGradient',
  kernel({ dy, weight }) {
    const [batch, groups, outputs] = dy.shape;
    const inputs = weight.shape[1];
    const dt = output([batch, groups, inputs]);
    const { gemmBatch, gemmWorkBytes } = kernels();
    const work = scratch(gemmWorkBytes());
    const left = [address(dy), outputs, groups * outputs, 1];
    const right = [address(weight), inputs * outputs, 1, outputs];
    gemmBatch(groups, ...left, ...right, address(dt), inputs, groups * inputs, batch, inputs, outputs, work);
    return dt;
  },
});

const runWeightGradient = registerTrainingKernel({
  name: 'PolytagGroupLinearWeightGradient',
  kernel({ t, dy }) {
    const [batch, groups, inputs] = t.shape;
    const outputs = dy.shape[2];
    const dw = output([groups, inputs, outputs]);
    const { gemmBatch, gemmWorkBytes } = kernels();
    const work = scratch(gemmWorkBytes());
    const left = [address(t), inputs, 1, groups * inputs];
    const right = [address(dy), outputs, groups * outputs, 1];
    gemmBatch(
      groups,
      ...left,
      ...right,
      address(dw),
      inputs * outputs,
      outputs,
      inputs,
      outputs,
      batch,
      work,
    );
    return dw;
  },
});
