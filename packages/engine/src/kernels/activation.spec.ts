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
  'gelu',
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

  // x·Φ(x) and its derivative by the complementary error function, in float64.
  test.each([
    [-12, -2.1317785344932424e-32, -2.5578956616748956e-31],
    [-6, -5.919525870226207e-9, -3.5468709453902015e-8],
    [-3, -0.004049694094890287, -0.011945647204183927],
    [-1, -0.15865525393145707, -0.08331547058768629],
    [-0.25, -0.10032341857926907, 0.30462664511636395],
    [0, 0.0, 0.5],
    [0.25, 0.14967658142073093, 0.695373354883636],
    [1, 0.8413447460685429, 1.0833154705876864],
    [3, 2.99595030590511, 1.011945647204184],
    [6, 5.999999994080474, 1.0000000354687093],
    [12, 12.0, 1.0],
  ])('exact GELU at %p, in its tail too', async (x, expected, slope) => {
    for (const engine of ['cpu', 'wasm'] as const) {
      const { value, gradients } = await evaluateOn(
        engine,
        (z) => activate(z, 'gelu'),
        [{ shape: [1], values: Float32Array.of(x) }],
        ones,
      );
      expect(Math.abs(value[0] - expected)).toBeLessThanOrEqual(6e-6 * Math.abs(expected));
      expect(Math.abs(gradients[0][0] - slope)).toBeLessThanOrEqual(6e-6 * Math.abs(slope));
    }
  });

  test('GELU at infinity', async () => {
    await tf.setBackend('wasm');
    const y = tf.tidy(() => activate(tf.tensor1d([Infinity, -Infinity]), 'gelu').dataSync());
    expect(Array.from(y, (v) => v + 0)).toEqual([Infinity, 0]);
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
