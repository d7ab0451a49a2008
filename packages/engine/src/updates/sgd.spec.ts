import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { sgdUpdate, type SgdOptions } from './sgd.js';
import { ENGINES, error, normals, read, start, variable } from './variables.fixture.js';

interface Options extends SgdOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** One parameter's step. */
function update(
  ...[weight, gradient, velocity, options]: [
    tf.Variable,
    tf.Tensor,
    tf.Variable,
    Options & { first: boolean },
  ]
): void {
  sgdUpdate([{ weight, gradient, velocity, ...options }], options);
}

/** PyTorch's SGD in float64. */
class Reference {
  velocity: number[] = [];
  constructor(readonly p: number[]) {}

  step(g: ArrayLike<number>, o: Options): void {
    this.p.forEach((w, i) => {
      let d = g[i] + o.weightDecay * w;
      if (o.momentum !== 0) {
        const v = this.velocity[i];
        this.velocity[i] = v === undefined ? d : o.momentum * v + (1 - o.dampening) * d;
        d = o.nesterov ? d + o.momentum * this.velocity[i] : this.velocity[i];
      }
      this.p[i] = w - o.learningRate * d;
    });
  }
}

describe.each(ENGINES)('sgdUpdate on %s', (engine) => {
  beforeAll(() => start(engine));

  test('three steps are those of the float64 reference', () => {
    const unit = (most: number) => fc.double({ min: 0, max: most, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({
          learningRate: unit(0.5),
          momentum: fc.oneof(fc.constant(0), unit(0.99)),
          dampening: unit(0.9),
          weightDecay: fc.oneof(fc.constant(0), unit(0.1)),
          nesterov: fc.boolean(),
        }),
        fc.integer({ min: 1, max: 23 }),
        fc.integer(),
        (options, size, seed) => {
          const stream = new RandomStream(seed);
          const initial = normals(stream, size);
          const reference = new Reference(Array.from(initial));
          const [p, velocity] = [variable(initial), variable(new Float32Array(size))];
          for (let step = 0; step < 3; step++) {
            const g = normals(stream, size);
            const gradient = tf.tensor(g);
            const before = tf.memory().numTensors;
            update(p, gradient, velocity, { ...options, first: step === 0 });
            expect(tf.memory().numTensors).toBe(before);
            expect(read(gradient)).toEqual(g);
            gradient.dispose();
            reference.step(g, options);
          }
          expect(error(read(p), reference.p)).toBeLessThan(1e-5);
          if (options.momentum !== 0) expect(error(read(velocity), reference.velocity)).toBeLessThan(1e-5);
          tf.dispose([p, velocity]);
        },
      ),
      { numRuns: 25, seed: 20 },
    );
  });

  test('many parameters in one call, of which some are shared, each as alone', () => {
    const stream = new RandomStream(24);
    const sizes = [1, 6, 3, 17, 4];
    const values = sizes.map((size) => [0, 1, 2].map(() => normals(stream, size)));
    const make = () =>
      values.map(([p, v, g], i) => ({
        weight: variable(p),
        velocity: variable(v),
        gradient: tf.tensor(g),
        learningRate: 0.1 * (i + 1),
        weightDecay: 0.01 * i,
        first: i === 2,
      }));
    const options = { momentum: 0.9, dampening: 0.1, nesterov: true };
    const [together, alone] = [make(), make()];
    const copies = [together[1].weight.clone(), together[3].velocity.clone()];
    sgdUpdate(together, options);
    alone.forEach((one) => sgdUpdate([one], options));
    together.forEach(({ weight, velocity }, i) => {
      expect(error(read(weight), read(alone[i].weight))).toBeLessThan(1e-6);
      expect(error(read(velocity), read(alone[i].velocity))).toBeLessThan(1e-6);
    });
    expect(read(copies[0])).toEqual(values[1][0]);
    expect(read(copies[1])).toEqual(values[3][1]);
    const all = [...together, ...alone].flatMap(({ weight, velocity, gradient }) => [
      weight,
      velocity,
      gradient,
    ]);
    tf.dispose([...copies, ...all]);
  });

  test('the kernels write over the variables, the composed step assigns new memory', () => {
    const [p, velocity, g] = [variable([1, 2]), variable([3, 4]), tf.tensor1d([5, 6])];
    const data = [p.dataId, velocity.dataId];
    const options = { learningRate: 0.1, momentum: 0.9, dampening: 0, weightDecay: 0, nesterov: true };
    update(p, g, velocity, { ...options, first: false });
    expect([p.dataId === data[0], velocity.dataId === data[1]]).toEqual(Array(2).fill(engine !== 'cpu'));
    tf.dispose([p, velocity, g]);
  });

  test('the first step forgets what the velocity held', () => {
    const [p, velocity, g] = [variable([1, 1]), variable([NaN, Infinity]), tf.tensor1d([2, 4])];
    const options = { learningRate: 0.5, momentum: 0.9, dampening: 0.5, weightDecay: 0, nesterov: false };
    update(p, g, velocity, { ...options, first: true });
    expect(Array.from(read(velocity))).toEqual([2, 4]);
    expect(Array.from(read(p))).toEqual([0, -1]);
    tf.dispose([p, velocity, g]);
  });

  test('a clone and a value saved before the step keep their numbers', () => {
    const [p, velocity, g] = [variable([1, 2, 3]), variable([0, 0, 0]), tf.tensor1d([1, 1, 1])];
    const [copy, view] = [p.clone(), tf.reshape(p, [3, 1])];
    const options = { learningRate: 1, momentum: 0.5, dampening: 0, weightDecay: 0, nesterov: false };
    update(p, g, velocity, { ...options, first: true });
    const velocityCopy = velocity.clone();
    update(p, g, velocity, { ...options, first: false });
    expect(Array.from(read(copy))).toEqual([1, 2, 3]);
    expect(Array.from(read(view))).toEqual([1, 2, 3]);
    expect(Array.from(read(velocityCopy))).toEqual([1, 1, 1]);
    expect(Array.from(read(p))).toEqual([-1.5, -0.5, 0.5]);
    tf.dispose([p, velocity, g, copy, view, velocityCopy]);
  });

  test('a gradient of another shape is refused', () => {
    const [p, velocity, g] = [variable([1, 2]), variable([0, 0]), tf.tensor1d([1])];
    const options = {
      learningRate: 1,
      momentum: 0,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      first: true,
    };
    expect(() => update(p, g, velocity, options)).toThrow(expect.objectContaining({ code: 'usage/shape' }));
    tf.dispose([p, velocity, g]);
  });
});
