import { judgeDuplicates } from './judge-duplicates.js';
import type { CopyKind, PlantedCopy } from './plant-copies.js';

const copy = (kind: CopyKind, of: number): PlantedCopy => ({
  kind,
  of,
  detail: '',
  image: { name: '', path: '', labels: [] },
});

it('counts copies that are in the group of their image, and pairs of different images', () => {
  // Images 0 to 3; copies of 0, 1 and 1 are 4 to 6. Found: 4 is 0, 6 is 1, and 2 is said to be 3.
  const copies = [copy('resized', 0), copy('cropped', 1), copy('cropped', 1)];
  const pair = (first: number, second: number) => ({
    first,
    second,
    kind: 'near' as const,
    similarity: 0.95,
  });
  const pairs = [pair(0, 4), pair(1, 6), pair(2, 3)];
  const judged = judgeDuplicates({ group: Int32Array.of(0, 1, 2, 2, 0, 5, 1), pairs }, copies, 4);
  expect(judged.recall).toEqual({
    resized: 1,
    recompressed: NaN,
    cropped: 0.5,
    'all three': NaN,
    total: 1 - 1 / 3,
  });
  expect(judged.missed).toEqual([copies[1]]);
  expect(judged.others).toEqual([pairs[2]]);
  expect(judged.precision).toBeCloseTo(2 / 3, 12);
});
