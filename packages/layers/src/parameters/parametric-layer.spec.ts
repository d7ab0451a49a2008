import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { useEngine } from '@polytag/engine';
import { BatchNorm } from '../normalisation/batch-norm.js';
import { Linear } from '../linear/linear.js';
import { parametersOf } from './parameters-of.js';

beforeAll(() => useEngine('cpu'));

function values(names: readonly string[], seed: number): Record<string, number[]> {
  const x = input({ shape: [4] });
  let y: SymbolicTensor = x;
  for (const name of names) y = new Linear({ name, units: 4, seed }).apply(y) as SymbolicTensor;
  return Object.fromEntries(
    parametersOf(model({ inputs: x, outputs: y })).map(({ key, variable }) => [
      key,
      [...variable.read().dataSync()],
    ]),
  );
}

describe('ParametricLayer', () => {
  it('draws initial weights from seed and key alone', () => {
    const forward = values(['a', 'b'], 7);
    expect(values(['b', 'a'], 7)).toEqual(forward);
    expect(values(['a', 'b'], 8)['a.weight']).not.toEqual(forward['a.weight']);
    expect(forward['a.weight']).not.toEqual(forward['b.weight']);
  });

  it('tells weights from buffers', () => {
    const x = input({ shape: [4] });
    const network = model({ inputs: x, outputs: new BatchNorm({ name: 'bn' }).apply(x) as SymbolicTensor });
    expect(parametersOf(network).map(({ key, trainable, buffer }) => [key, trainable, buffer])).toEqual([
      ['bn.weight', true, false],
      ['bn.bias', true, false],
      ['bn.running_mean', false, true],
      ['bn.running_var', false, true],
    ]);
    expect(network.trainableWeights).toHaveLength(2);
  });

  it('lists the parameters of a model inside a model', () => {
    const x = input({ shape: [4] });
    const inner = model({
      inputs: x,
      outputs: new Linear({ name: 'inner.fc', units: 2 }).apply(x) as SymbolicTensor,
    });
    const y = input({ shape: [4] });
    const outer = model({ inputs: y, outputs: inner.apply(y) as SymbolicTensor });
    expect(parametersOf(outer).map(({ key }) => key)).toEqual(['inner.fc.weight', 'inner.fc.bias']);
  });
});
