import type { Batch } from '@polytag/core';
import { splitBatch } from './split-batch.js';

const [H, W, K] = [1, 2, 2];

function batch(size: number): Batch {
  const count = (length: number) => Float32Array.from({ length }, (_, i) => i);
  return {
    images: count(size * H * W * 3),
    targets: count(size * K),
    indices: Uint32Array.from({ length: size }, (_, i) => 10 + i),
    ...{ size, height: H, width: W },
  };
}

it.each([
  [8, 2, [4, 4]],
  [7, 3, [3, 2, 2]],
  [8, 3, [3, 3, 2]],
  [5, 1, [5]],
  [2, 4, [1, 1]],
])('divides %i images between %i replicas, the first get the one more', (size, shares, sizes) => {
  const whole = batch(size);
  const parts = splitBatch(whole, shares);
  expect(parts.map((part) => part.size)).toEqual(sizes);
  expect(parts.flatMap((part) => [...part.images])).toEqual([...whole.images]);
  expect(parts.flatMap((part) => [...part.targets])).toEqual([...whole.targets]);
  expect(parts.flatMap((part) => [...part.indices])).toEqual([...whole.indices]);
  for (const part of parts) {
    expect(part).toMatchObject({ height: H, width: W });
    expect(part.images).toHaveLength(part.size * H * W * 3);
    expect(part.targets).toHaveLength(part.size * K);
  }
});
