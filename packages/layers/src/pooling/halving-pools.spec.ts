import { ones, tensor4d, type Tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { AveragePool, BlurPool } from './halving-pools.js';

describe.each(['wasm', 'cpu'] as const)('pools of stride 2 on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each([AveragePool, BlurPool])('%p halves a map, rounding up, and keeps a constant', (Pool) => {
    const pool = new Pool({ name: 'pool' });
    for (const [height, width] of [
      [2, 2],
      [5, 4],
      [3, 7],
    ]) {
      const y = pool.apply(ones([2, height, width, 3])) as Tensor;
      const shape = [2, Math.ceil(height / 2), Math.ceil(width / 2), 3];
      expect(y.shape).toEqual(shape);
      expect(pool.computeOutputShape([2, height, width, 3])).toEqual(shape);
      for (const value of y.dataSync()) expect(value).toBeCloseTo(1, 6);
    }
    expect(pool.computeOutputShape([null, null, 4, 3])).toEqual([null, null, 2, 3]);
  });

  it('blurs with a reflected border, and averages what is there', () => {
    const x = tensor4d([1, 2, 4, 8, 16, 32, 64, 128, 256], [1, 3, 3, 1]);
    const values = (pool: AveragePool | BlurPool) => [...(pool.apply(x) as Tensor).dataSync()];
    expect(values(new AveragePool({ name: 'average' }))).toEqual([(1 + 2 + 8 + 16) / 4, 18, 96, 256]);
    // At the corner (0, 0): rows 1, 0, 1 and columns 1, 0, 1 with weights 1, 2, 1.
    const corner = (4 * 16 + 2 * (2 * 8) + 2 * (2 * 2) + 4 * 1) / 16;
    expect(values(new BlurPool({ name: 'blur' }))[0]).toBeCloseTo(corner, 5);
  });
});
