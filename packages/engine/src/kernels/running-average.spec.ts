import * as tf from '@tensorflow/tfjs-core';
import { runningAverage } from '@polytag/ops';
import { ENGINES, start } from '../updates/variables.fixture.js';

describe.each(ENGINES)('runningAverage on %s', (engine) => {
  beforeAll(() => start(engine));

  it('is decay·average + (1 − decay)·factor·value, and leaves both alone', () => {
    const [average, value] = [tf.tensor1d([1, 2, 3, 4, 5]), tf.tensor1d([2, -2, 2, -2, 2])];
    const before = tf.memory().numTensors;
    const [plain, scaled] = [{ decay: 0.75 }, { decay: 0.75, factor: 3 }].map((options) => {
      const next = runningAverage(average, value, options);
      const values = Array.from(next.dataSync());
      next.dispose();
      return values;
    });
    expect(plain).toEqual([1.25, 1, 2.75, 2.5, 4.25]);
    expect(scaled).toEqual([2.25, 0, 3.75, 1.5, 5.25]);
    expect(Array.from(average.dataSync())).toEqual([1, 2, 3, 4, 5]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([average, value]);
  });

  it('refuses a value of another shape', () => {
    const [average, value] = [tf.zeros([2]), tf.zeros([3])];
    expect(() => runningAverage(average, value, { decay: 0.5 })).toThrow(
      expect.objectContaining({ code: 'usage/shape' }),
    );
    tf.dispose([average, value]);
  });
});
