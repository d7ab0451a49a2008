import {
  dispose,
  memory,
  sum,
  tensor3d,
  valueAndGrads,
  type Tensor,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { attention, maskUniform } from '@polytag/ops';
import { deviation, deviations, finiteDifferenceError, uniform } from '../agreement.fixture.js';
import { useEngine } from '../use-engine.js';

const size = (max: number) => fc.integer({ min: 1, max });

/** The definition, in double precision: for each head softmax(q·kᵀ/√d), dropout, times v. */
function definition(
  { q, k, v }: Record<'q' | 'k' | 'v', Float32Array>,
  [batch, queries, keys, heads, d]: readonly number[],
  dropout?: { rate: number; seed: number },
): Float64Array {
  const width = heads * d;
  const y = new Float64Array(batch * queries * width);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < queries; i++) {
        const at = (row: number, rows: number, f: number) => (b * rows + row) * width + h * d + f;
        const scores = Array.from({ length: keys }, (_, j) => {
          let score = 0;
          for (let f = 0; f < d; f++) score += q[at(i, queries, f)] * k[at(j, keys, f)];
          return score / Math.sqrt(d);
        });
        const greatest = Math.max(...scores);
        const total = scores.reduce((s, x) => s + Math.exp(x - greatest), 0);
        scores.forEach((score, j) => {
          let p = Math.exp(score - greatest) / total;
          if (dropout) {
            const element = ((b * heads + h) * queries + i) * keys + j;
            p *= maskUniform(dropout.seed, element) >= dropout.rate ? 1 / (1 - dropout.rate) : 0;
          }
          for (let f = 0; f < d; f++) y[at(i, queries, f)] += p * v[at(j, keys, f)];
        });
      }
  return y;
}

const shapes = fc.tuple(size(3), size(9), size(11), size(4), size(9));

describe.each(['plain', 'relaxed'] as const)('%s kernels', (build) => {
  it('agrees with the definition, with stock operations and with finite differences', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.option(fc.record({ rate: fc.constantFrom(0.1, 0.5, 0.75), seed: fc.nat() }), { nil: undefined }),
        async (shape, dropout) => {
          const [batch, queries, keys, heads, d] = shape;
          const q = uniform('q', [batch, queries, heads * d]);
          const k = uniform('k', [batch, keys, heads * d]);
          const v = uniform('v', [batch, keys, heads * d]);
          const operation = (a: Tensor3D, b: Tensor3D, c: Tensor3D) => attention(a, b, c, { heads, dropout });
          expect(await deviations(build, operation, [q, k, v])).toBeLessThan(1e-5);
          expect(await finiteDifferenceError(build, operation, [q, k, v], 0.02)).toBeLessThan(5e-3);
          const tensors = [q, k, v].map((t) => tensor3d(t.values, t.shape as [number, number, number]));
          const y = operation(...(tensors as [Tensor3D, Tensor3D, Tensor3D]));
          const expected = definition({ q: q.values, k: k.values, v: v.values }, shape, dropout);
          expect(deviation(y.dataSync(), expected)).toBeLessThan(1e-5);
          [...tensors, y].forEach((t) => t.dispose());
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps no probabilities for the gradient', async () => {
    await useEngine('wasm', { simd: build });
    const [q, k, v] = ['q', 'k', 'v'].map((key) => {
      const { values, shape } = uniform(key, [1, 300, 8]);
      return tensor3d(values, shape as [number, number, number]);
    });
    const before = memory().numBytes;
    let held = 0;
    const { value, grads } = valueAndGrads((a: Tensor, b: Tensor, c: Tensor) => {
      const y = attention(a as Tensor3D, b as Tensor3D, c as Tensor3D, { heads: 2 });
      held = memory().numBytes - before;
      return sum(y);
    })([q, k, v]);
    // y and clones, not the 2·300·300 probabilities.
    expect(held).toBeLessThan(4 * 300 * 300);
    dispose([q, k, v, value, ...grads]);
  });

  it('stays finite for scores far outside the range of exp', async () => {
    await useEngine('wasm', { simd: build });
    const q = tensor3d([[[300], [-300]]]);
    const y = attention(q, tensor3d([[[300], [-300], [0]]]), tensor3d([[[1], [2], [3]]]), { heads: 1 });
    expect(Array.from(y.dataSync())).toEqual([1, 2]);
  });
});

it('takes many queries in blocks, each with its part of the dropout mask, in both builds', async () => {
  const shape = [1, 403, 401, 2, 3];
  const [batch, queries, keys, heads, d] = shape;
  const q = uniform('q', [batch, queries, heads * d]);
  const k = uniform('k', [batch, keys, heads * d]);
  const v = uniform('v', [batch, keys, heads * d]);
  for (const dropout of [undefined, { rate: 0.5, seed: 3 }]) {
    const operation = (a: Tensor3D, b: Tensor3D, c: Tensor3D) => attention(a, b, c, { heads, dropout });
    expect(await deviations('both', operation, [q, k, v])).toBeLessThan(1e-5);
  }
});

it('refuses heads that do not divide the width, shapes that do not fit and a rate of 1', async () => {
  await useEngine('cpu');
  const t = (...shape: [number, number, number]) =>
    tensor3d(new Float32Array(shape[0] * shape[1] * shape[2]), shape);
  const code = (expected: string) => expect.objectContaining({ code: expected });
  expect(() => attention(t(1, 2, 6), t(1, 3, 6), t(1, 3, 6), { heads: 4 })).toThrow(code('usage/heads'));
  expect(() => attention(t(1, 2, 6), t(1, 3, 6), t(1, 2, 6), { heads: 2 })).toThrow(code('usage/shape'));
  expect(() =>
    attention(t(1, 2, 6), t(1, 3, 6), t(1, 3, 6), { heads: 2, dropout: { rate: 1, seed: 0 } }),
  ).toThrow(code('usage/dropout-rate'));
});
