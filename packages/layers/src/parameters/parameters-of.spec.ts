import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { useEngine } from '@polytag/engine';
import { parametersOf } from './parameters-of.js';

beforeAll(() => useEngine('cpu'));
describe('of stock layers', () => {
  const stock = () => {
    const x = input({ shape: [4, 3] });
    const both = layers
      .bidirectional({ layer: layers.gru({ units: 2 }) as layers.RNN, mergeMode: 'concat' })
      .apply(x);
    const hidden = layers.dense({ units: 3 }).apply(both);
    const normed = layers.batchNormalization().apply(hidden);
    return model({ inputs: x, outputs: layers.dense({ units: 1 }).apply(normed) as SymbolicTensor });
  };

  it('gives every weight a key of its own, the same ones when the model is built again', () => {
    const keys = parametersOf(stock()).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain('dense_1.kernel');
    expect(keys).toContain('dense_2.bias');
    expect(keys.filter((key) => key.endsWith('recurrent_kernel'))).toEqual([
      'bidirectional_1.recurrent_kernel',
      'bidirectional_1.1.recurrent_kernel',
    ]);
    expect(parametersOf(stock()).map(({ key }) => key)).toEqual(keys);
  });

  it('takes statistics for buffers', () => {
    const buffers = parametersOf(stock()).filter(({ buffer }) => buffer);
    expect(buffers.map(({ key }) => key)).toEqual([
      'batch_normalization_1.moving_mean',
      'batch_normalization_1.moving_variance',
    ]);
  });
});
