import { tensor4d, type Tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { GlobalPool } from './global-pool.js';

beforeAll(() => useEngine('cpu'));

describe('GlobalPool', () => {
  it.each([
    ['avg', [2, -2]],
    ['max', [4, -1]],
    ['avg+max', [6, -3]],
  ] as const)('%s gives one value a channel', (pooling, expected) => {
    const x = tensor4d([0, -1, 4, -3], [1, 1, 2, 2]);
    const y = new GlobalPool({ name: 'pool', pooling }).apply(x) as Tensor;
    expect(y.shape).toEqual([1, 2]);
    expect([...y.dataSync()]).toEqual(expected);
  });
});
