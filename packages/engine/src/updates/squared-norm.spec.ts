import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';
import { squaredNorm } from './squared-norm.js';
import { ENGINES, normals, start } from './variables.fixture.js';

describe.each(ENGINES)('squaredNorm on %s', (engine) => {
  beforeAll(() => start(engine));

  test.each([[[1]], [[3, 7]], [[4, 5, 1, 2]], [[20011, 3]]])('of tensors of sizes %j', async (sizes) => {
    const stream = new RandomStream(23);
    const values = sizes.map((size) => normals(stream, size));
    const expected = values.reduce((sum, v) => v.reduce((s, x) => s + x * x, sum), 0);
    const tensors = values.map((v) => tf.tensor1d(v));
    const before = tf.memory().numTensors;
    expect(Math.abs((await squaredNorm(tensors)) / expected - 1)).toBeLessThan(1e-6);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(tensors);
  });

  test.each([[[1]], [[3, 8]], [[20011, 36]]])('of products with factors of sizes %j', async (sizes) => {
    const stream = new RandomStream(25);
    const values = sizes.map((size) => [normals(stream, size), normals(stream, size)]);
    const expected = values.reduce((sum, [v, f]) => v.reduce((s, x, i) => s + (x * f[i]) ** 2, sum), 0);
    const [tensors, factors] = [0, 1].map((part) => values.map((v) => tf.tensor1d(v[part])));
    const before = tf.memory().numTensors;
    expect(Math.abs((await squaredNorm(tensors, factors)) / expected - 1)).toBeLessThan(1e-6);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([tensors, factors]);
  });

  test('of integers', async () => {
    const integers = tf.tensor1d([3, 4], 'int32');
    expect(await squaredNorm([integers])).toBe(25);
    integers.dispose();
  });

  test('of nothing is 0, and NaN shows', async () => {
    const broken = tf.tensor1d([1, NaN, 1]);
    expect(await squaredNorm([])).toBe(0);
    expect(await squaredNorm([broken])).toBeNaN();
    broken.dispose();
  });
});
