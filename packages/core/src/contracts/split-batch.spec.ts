import fc from 'fast-check';
import type { Batch } from './batch.js';
import { microBatches, splitBatch } from './split-batch.js';

const [H, W, C, K] = [1, 2, 3, 2];

function batch(size: number): Batch {
  const count = (length: number) => Float32Array.from({ length }, (_, i) => i);
  return {
    inputs: count(size * H * W * C),
    shape: [size, H, W, C],
    targets: count(size * K),
    indices: Uint32Array.from({ length: size }, (_, i) => 10 + i),
  };
}

it.each([
  [8, 2, [4, 4]],
  [7, 3, [3, 2, 2]],
  [8, 3, [3, 3, 2]],
  [5, 1, [5]],
  [2, 4, [1, 1]],
])('cuts %i images into %i batches, the first get the one more', (size, count, sizes) => {
  const whole = batch(size);
  const pieces = splitBatch(whole, count);
  expect(pieces.map(({ shape }) => shape)).toEqual(sizes.map((images) => [images, H, W, C]));
  expect(pieces.flatMap(({ inputs }) => [...inputs])).toEqual([...whole.inputs]);
  expect(pieces.flatMap(({ targets }) => [...targets])).toEqual([...whole.targets]);
  expect(pieces.flatMap(({ indices }) => [...indices])).toEqual([...whole.indices]);
  pieces.forEach(({ inputs, targets }, i) => {
    expect(inputs).toHaveLength(sizes[i] * H * W * C);
    expect(targets).toHaveLength(sizes[i] * K);
  });
});

it('cuts inputs without targets, of any rank', () => {
  const pieces = splitBatch({ inputs: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] }, 2);
  expect(pieces).toEqual([
    { inputs: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
    { inputs: Float32Array.of(5, 6), shape: [1, 2] },
  ]);
});

it('takes the fewest micro-batches of at most so many images, which cover all in order and differ by one at most', () => {
  expect(microBatches(batch(9), Infinity)).toEqual([batch(9)]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (size, most) => {
      const whole = batch(size);
      const pieces = microBatches(whole, most);
      const sizes = pieces.map(({ shape }) => shape[0]);
      expect(pieces).toHaveLength(Math.ceil(size / most));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(pieces.flatMap(({ indices }) => [...indices])).toEqual([...whole.indices]);
    }),
  );
});
