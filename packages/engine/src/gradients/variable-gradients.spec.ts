import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { activate, addResidual, batchNormTrain } from '@polytag/ops';
import { useEngine } from '../use-engine.js';
import { peakHeapBytes } from '../wasm/peak-heap.js';
import { variableGradients } from './variable-gradients.js';

/** Hands its gradient on as it is, to both of its inputs. */
const handThrough = tf.customGrad((...inputs) => {
  const [a, b] = inputs as tf.Tensor[];
  return { value: tf.add(a, b), gradFunc: (dy: tf.Tensor) => [dy, dy] };
});

/** What a program is made of: how it goes on from the tensors that there are. */
const OPERATIONS: readonly ((x: tf.Tensor, y: tf.Tensor) => tf.Tensor)[] = [
  (x) => tf.mul(x, x),
  (x, y) => tf.add(x, y),
  (x, y) => tf.sub(tf.mul(x, 0.5), y),
  (x) => tf.tanh(x),
  (x) => tf.reshape(tf.transpose(x), x.shape),
  (x) => x.clone(),
  (x, y) => handThrough(x, y),
  (x) => activate(x, 'relu'),
  (x, y) => addResidual(x, y),
  (x) => {
    const { output, mean, variance } = batchNormTrain(x, tf.ones([3]), tf.zeros([3]), { epsilon: 1e-2 });
    tf.dispose([mean, variance]);
    return output;
  },
];

const programs = fc.array(
  fc.record({
    operation: fc.nat({ max: OPERATIONS.length - 1 }),
    x: fc.nat({ max: 30 }),
    y: fc.nat({ max: 30 }),
  }),
  { minLength: 1, maxLength: 12 },
);

describe.each(['wasm', 'cpu'] as const)('variableGradients on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  test('are those of tfjs to the last bit, whatever is read twice or handed through', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const before = tf.memory().numTensors;
        const variables = [3, 4].map((seed) =>
          tf.tidy(() => tf.variable(tf.randomNormal([5, 3], 0, 1, 'float32', seed))),
        );
        const idle = tf.tidy(() => tf.variable(tf.scalar(1)));
        const loss = () => {
          const values: tf.Tensor[] = [...variables];
          // Any two of the last few values, so that the end leads back to the beginning.
          const pick = (n: number) => values[Math.max(0, values.length - 1 - (n % 4))];
          for (const { operation, x, y } of program) values.push(OPERATIONS[operation](pick(x), pick(y)));
          return tf.sum(tf.add(values[values.length - 1], tf.mul(variables[0], variables[1]))) as tf.Scalar;
        };
        const [expected, got] = [tf.variableGrads, variableGradients].map((gradients) =>
          gradients(loss, [...variables, idle]),
        );
        expect(got.value.dataSync()).toEqual(expected.value.dataSync());
        expect(Object.keys(got.grads)).toEqual(Object.keys(expected.grads));
        for (const [name, gradient] of Object.entries(expected.grads)) {
          expect(got.grads[name].dataSync()).toEqual(gradient.dataSync());
        }
        tf.dispose([expected.value, got.value, expected.grads, got.grads]);
        tf.dispose([...variables, idle]);
        expect(tf.memory().numTensors - before).toBe(0);
      }),
      { numRuns: 60, seed: 51 },
    );
  });

  test('work inside another gradient, which they leave its tape', () => {
    const w = tf.variable(tf.scalar(3));
    // d/dx of (d/dw of w³·x²) = 3w²·2x.
    const slope = tf.grad(
      (x) => variableGradients(() => tf.mul(tf.pow(w, 3), tf.square(x)), [w]).grads[w.name],
    );
    const at = tf.scalar(0.5);
    const got = slope(at);
    expect(got.dataSync()[0]).toBeCloseTo(27, 4);
    tf.dispose([w, at, got]);
  });
});

test('hold about half of what the gradients of tfjs hold', async () => {
  await useEngine('wasm');
  const w = tf.variable(tf.randomNormal([1000, 10], 0, 1, 'float32', 5));
  const loss = () => {
    let x: tf.Tensor = w;
    for (let i = 0; i < 20; i++) x = activate(x, 'silu');
    return tf.sum(x) as tf.Scalar;
  };
  const peak = (gradients: typeof variableGradients) =>
    peakHeapBytes(async () => {
      const { value, grads } = gradients(loss, [w]);
      tf.dispose([value, grads]);
    });
  const stock = await peak((f, variables) => tf.variableGrads(f, [...variables]));
  const own = await peak(variableGradients);
  // Of 40 maps (20 saved and 20 gradients) about 21 are left.
  expect(stock).toBeGreaterThan(39 * 4 * w.size);
  expect(own).toBeLessThan(24 * 4 * w.size);
  w.dispose();
});
