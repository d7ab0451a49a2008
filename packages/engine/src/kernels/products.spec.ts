import { tensor2d, type Tensor1D, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { groupLinear, linear, matMul } from '@polytag/ops';
import { deviations, finiteDifferenceError, uniform } from '../agreement.fixture.js';
import { useEngine } from '../use-engine.js';

const size = (max: number) => fc.integer({ min: 1, max });

describe.each(['plain', 'relaxed'] as const)('%s kernels', (build) => {
  it('linear agrees with stock operations and with finite differences', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(size(5), { maxLength: 3 }),
        size(37),
        size(21),
        fc.boolean(),
        async (rows, k, n, biased) => {
          const operation = biased
            ? (x: Tensor2D, w: Tensor2D, b: Tensor1D) => linear(x, w, b)
            : (x: Tensor2D, w: Tensor2D) => linear(x, w);
          const inputs = [uniform('x', [...rows, k]), uniform('w', [k, n]), uniform('b', [n])].slice(
            0,
            biased ? 3 : 2,
          );
          expect(await deviations(build, operation, inputs)).toBeLessThan(1e-5);
          // Linear in each input, so a large step has no truncation error.
          expect(await finiteDifferenceError(build, operation, inputs, 1)).toBeLessThan(1e-4);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([
    [131, 1030, 3],
    [9, 11, 530],
    [257, 5, 129],
    [1031, 150, 139],
    [300, 20, 17],
  ])(
    'linear agrees across the blocks of the product (%d rows, %d outputs, %d inputs)',
    async (rows, n, k) => {
      const inputs = [uniform('x', [rows, k]), uniform('w', [k, n]), uniform('b', [n])];
      expect(
        await deviations(build, (x: Tensor2D, w: Tensor2D, b: Tensor1D) => linear(x, w, b), inputs),
      ).toBeLessThan(1e-5);
    },
  );

  it('matMul agrees for every transposition, single and batched', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.option(size(3)),
        size(13),
        size(19),
        size(13),
        fc.boolean(),
        fc.boolean(),
        async (batch, m, k, n, transposeA, transposeB) => {
          const lead = batch === null ? [] : [batch];
          const a = uniform('a', [...lead, ...(transposeA ? [k, m] : [m, k])]);
          const b = uniform('b', [...lead, ...(transposeB ? [n, k] : [k, n])]);
          const operation = (x: Tensor2D, y: Tensor2D) => matMul(x, y, { transposeA, transposeB });
          expect(await deviations(build, operation, [a, b])).toBeLessThan(1e-5);
          expect(await finiteDifferenceError(build, operation, [a, b], 1)).toBeLessThan(1e-4);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('groupLinear agrees with stock operations and with finite differences', async () => {
    await fc.assert(
      fc.asyncProperty(size(5), size(5), size(19), size(9), async (batch, groups, d, f) => {
        const inputs = [uniform('t', [batch, groups, d]), uniform('w', [groups, d, f])];
        const operation = (t: Tensor3D, w: Tensor3D) => groupLinear(t, w);
        expect(await deviations(build, operation, inputs)).toBeLessThan(1e-5);
        expect(await finiteDifferenceError(build, operation, inputs, 1)).toBeLessThan(1e-4);
      }),
      { numRuns: 20 },
    );
  });
});

it('matMul and linear refuse shapes that do not fit', () => {
  const t = (shape: number[]) => ({ shape, rank: shape.length }) as Tensor2D;
  expect(() => matMul(t([2, 3]), t([2, 3]))).toThrow(expect.objectContaining({ code: 'usage/shape' }));
  expect(() => linear(t([2, 3]), t([2, 3]))).toThrow(expect.objectContaining({ code: 'usage/shape' }));
});

it('refuses integers, whose bits a kernel would read as floats', async () => {
  await useEngine('wasm');
  const integers = tensor2d([1, 2], [1, 2], 'int32');
  expect(() => linear(integers, tensor2d([1, 1], [2, 1]))).toThrow(
    expect.objectContaining({ code: 'usage/dtype' }),
  );
});
