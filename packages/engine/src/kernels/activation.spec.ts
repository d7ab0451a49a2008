import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { activate, type PointwiseActivation } from '@polytag/ops';
import { awayFromKinks, BUILDS, evaluateOn, expectAgreement, prepare, normal } from '../agreement.fixture.js';

const ACTIVATIONS: PointwiseActivation[] = [
  'identity',
  'relu',
  'leaky-relu',
  'hard-swish',
  'silu',
  'sigmoid',
  'hard-sigmoid',
];
const ones = (shape: number[]) => ({
  shape,
  values: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
});

describe.each(BUILDS)('activate with the %s kernels', (build) => {
  beforeAll(() => prepare(build));

  test.each(ACTIVATIONS)(
    '%s agrees with the composed operation and with central differences',
    async (name) => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 67 }), async (seed, size) => {
          const stream = new RandomStream(seed);
          const x = awayFromKinks(stream, [size]);
          await expectAgreement(stream, (z) => activate(z, name, { slope: 0.2 }), [x], { differences: true });
        }),
        { numRuns: 8, seed: 1 },
      );
    },
  );

  test.each(['cpu', 'wasm'] as const)(
    'derivatives at the kinks are those of PyTorch on %s',
    async (engine) => {
      const at = async (name: PointwiseActivation, x: number[]) => {
        const { gradients } = await evaluateOn(
          engine,
          (z) => activate(z, name, { slope: 0.25 }),
          [{ shape: [x.length], values: Float32Array.from(x) }],
          ones,
        );
        return Array.from(gradients[0]);
      };
      expect(await at('relu', [0, -0, 1, -1, 2])).toEqual([0, 0, 1, 0, 1]);
      expect(await at('leaky-relu', [0, 1, -1])).toEqual([0.25, 1, 0.25]);
      expect(await at('hard-swish', [-3, 3, -3.5, 3.5, 0])).toEqual([-0.5, 1.5, 0, 1, 0.5]);
      expect(await at('hard-sigmoid', [-3, 3, -4, 4])).toEqual([0, 0, 0, 0]);
    },
  );

  test('the exponential is right to a few float32 roundings over its whole range', async () => {
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 23);
    const { value } = await evaluateOn(
      'wasm',
      (z) => activate(z, 'sigmoid'),
      [{ shape: [x.length], values: x }],
      ones,
    );
    const errors = Array.from(value, (v, i) => Math.abs(v * (1 + Math.exp(-x[i])) - 1));
    expect(Math.max(...errors)).toBeLessThan(4e-7);
  });

  test.each(ACTIVATIONS)('%s passes NaN on', async (name) => {
    await tf.setBackend('wasm');
    const y = tf.tidy(() => activate(tf.tensor1d([NaN, 1, NaN, 2, NaN]), name).dataSync());
    expect(Array.from(y, Number.isNaN)).toEqual([true, false, true, false, true]);
  });

  test('leaky ReLU without a slope uses 0.01', async () => {
    await tf.setBackend('wasm');
    expect(tf.tidy(() => activate(tf.scalar(-100), 'leaky-relu').dataSync()[0])).toBeCloseTo(-1, 6);
  });

  test('a large map', async () => {
    const stream = new RandomStream(4);
    await expectAgreement(stream, (z) => activate(z, 'silu'), [normal(stream, [3, 31, 17, 5], 4)]);
  });
});
