import { concat, tensor3d, tidy, zeros, type Tensor3D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { attention, selfAttention } from '@polytag/ops';
import { BUILDS, deviations, finiteDifferenceError, uniform } from '../agreement.fixture.js';
import { useEngine } from '../use-engine.js';

const size = (max: number) => fc.integer({ min: 1, max });

describe.each(BUILDS)('%s kernels', (build) => {
  it('agrees with stock operations and with finite differences', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(size(3), size(11), size(4), size(9)), async ([batch, tokens, heads, d]) => {
        const qkv = uniform('qkv', [batch, tokens, 3 * heads * d]);
        const operation = (joint: Tensor3D) => selfAttention(joint, { heads });
        expect(await deviations(build, operation, [qkv])).toBeLessThan(1e-5);
        expect(await finiteDifferenceError(build, operation, [qkv], 0.02)).toBeLessThan(5e-3);
      }),
      { numRuns: 20 },
    );
  });

  it('takes many tokens in blocks', async () => {
    const qkv = uniform('qkv', [1, 401, 12]);
    const operation = (joint: Tensor3D) => selfAttention(joint, { heads: 2 });
    expect(await deviations(build, operation, [qkv])).toBeLessThan(1e-5);
  });

  it('is attention of the three parts, to the bit', async () => {
    await useEngine('wasm', { simd: build });
    const shape: [number, number, number] = [2, 37, 16];
    const [q, k, v] = ['q', 'k', 'v'].map((key) => tensor3d(uniform(key, shape).values, shape));
    const joint = tidy(() => selfAttention(concat([q, k, v], 2), { heads: 2 }).dataSync());
    expect(joint).toEqual(tidy(() => attention(q, k, v, { heads: 2 }).dataSync()));
    [q, k, v].forEach((t) => t.dispose());
  });
});

it('refuses what is no joint projection, and heads that do not divide its width', async () => {
  await useEngine('cpu');
  const code = (expected: string) => expect.objectContaining({ code: expected });
  expect(() => selfAttention(zeros([1, 2, 8]), { heads: 1 })).toThrow(code('usage/shape'));
  expect(() => selfAttention(zeros([1, 2, 12]), { heads: 3 })).toThrow(code('usage/heads'));
});
