import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { adamUpdate } from './adam.js';
import { ENGINES, error, normals, read, start, variable } from './variables.fixture.js';

interface Options {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

/** PyTorch's AdamW in float64, with or without AMSGrad. */
class Reference {
  readonly m: number[];
  readonly v: number[];
  readonly largest: number[];
  constructor(
    readonly p: number[],
    readonly amsgrad: boolean,
  ) {
    [this.m, this.v, this.largest] = [p, p, p].map(() => p.map(() => 0));
  }

  step(g: ArrayLike<number>, t: number, o: Options): void {
    this.p.forEach((_, i) => {
      this.p[i] *= 1 - o.learningRate * o.weightDecay;
      this.m[i] += (1 - o.beta1) * (g[i] - this.m[i]);
      this.v[i] = o.beta2 * this.v[i] + (1 - o.beta2) * g[i] * g[i];
      this.largest[i] = Math.max(this.largest[i], this.v[i]);
      const second = (this.amsgrad ? this.largest : this.v)[i] / (1 - o.beta2 ** t);
      this.p[i] -= (o.learningRate * (this.m[i] / (1 - o.beta1 ** t))) / (Math.sqrt(second) + o.epsilon);
    });
  }
}

describe.each(ENGINES)('adamUpdate on %s', (engine) => {
  beforeAll(() => start(engine));

  test.each([false, true])('four steps are those of the float64 reference, AMSGrad %s', (amsgrad) => {
    const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({
          learningRate: between(0, 0.1),
          beta1: between(0, 0.95),
          beta2: between(0.5, 0.999),
          epsilon: fc.constantFrom(1e-8, 1e-3),
          weightDecay: between(0, 0.1),
        }),
        fc.integer({ min: 1, max: 23 }),
        fc.integer(),
        (options, size, seed) => {
          const stream = new RandomStream(seed);
          const initial = normals(stream, size);
          const reference = new Reference(Array.from(initial), amsgrad);
          const [p, m, v, maxV] = [0, 1, 2, 3].map((i) =>
            variable(i === 0 ? initial : new Float32Array(size)),
          );
          for (let step = 1; step <= 4; step++) {
            const g = normals(stream, size).map((value) => value / step);
            const gradient = tf.tensor(g);
            const before = tf.memory().numTensors;
            const state = { m, v, ...(amsgrad ? { maxV } : {}) };
            adamUpdate([{ weight: p, gradient, ...state, ...options, step }], options);
            expect(tf.memory().numTensors).toBe(before);
            gradient.dispose();
            reference.step(g, step, options);
          }
          expect(error(read(p), reference.p)).toBeLessThan(2e-5);
          expect(error(read(m), reference.m)).toBeLessThan(1e-5);
          expect(error(read(v), reference.v)).toBeLessThan(1e-5);
          expect(error(read(maxV), amsgrad ? reference.largest : new Float32Array(size))).toBeLessThan(1e-5);
          tf.dispose([p, m, v, maxV]);
        },
      ),
      { numRuns: 20, seed: 21 },
    );
  });

  test('a shared moment is not written over', () => {
    const [p, m, v, g] = [variable([1]), variable([0]), variable([0]), tf.tensor1d([2])];
    const kept = m.clone();
    const options = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
    const parameter = { weight: p, gradient: g, m, v, learningRate: 0.1, weightDecay: 0, step: 1 };
    adamUpdate([parameter], options);
    expect(read(kept)[0]).toBe(0);
    expect(read(m)[0]).toBeCloseTo(0.2, 6);
    expect(read(p)[0]).toBeCloseTo(0.9, 6);
    tf.dispose([p, m, v, g, kept]);
  });
});
