import { chooseToLabel } from './choose-to-label.js';

const entropy = (p: number) => -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);

/** Three kinds of images, ten of each: of the first the model is sure, of the last unsure. Sizes of vectors differ. */
function threeKinds() {
  const kinds = [
    { direction: [1, 0, 0], p: 0.001 },
    { direction: [0, 1, 0], p: 0.3 },
    { direction: [0, 0, 1], p: 0.5 },
  ];
  const rows = kinds.flatMap(({ direction, p }, kind) =>
    Array.from({ length: 10 }, (_, i) => ({
      features: direction.map((value, c) => (value + 0.01 * (c === (kind + 1) % 3 ? i : 0)) * (1 + i)),
      scores: [p, p],
    })),
  );
  return {
    images: rows.length,
    features: Float32Array.from(rows.flatMap(({ features }) => features)),
    scores: rows.flatMap(({ scores }) => scores),
  };
}

it('takes one image of each kind, those first of which the model is least sure, with their entropy in bits', () => {
  for (let seed = 0; seed < 10; seed++) {
    const chosen = chooseToLabel(threeKinds(), 2, seed);
    expect(chosen.map(({ index }) => Math.floor(index / 10))).toEqual([2, 1]);
    expect(chosen[0].uncertainty).toBeCloseTo(2, 12);
    expect(chosen[1].uncertainty).toBeCloseTo(2 * entropy(0.3), 12);
  }
});

it('takes each image once, as many as were asked for, and the same for the same seed', () => {
  for (const count of [1, 5, 29]) {
    const chosen = chooseToLabel(threeKinds(), count, 3);
    expect(new Set(chosen.map(({ index }) => index)).size).toBe(count);
    expect(chooseToLabel(threeKinds(), count, 3)).toEqual(chosen);
  }
});

it('gives all images, the least sure first, where no more are there', () => {
  const all = chooseToLabel(threeKinds(), 40, 0);
  expect(all).toHaveLength(30);
  expect(all.slice(0, 10).every(({ index }) => index >= 20)).toBe(true);
  expect(chooseToLabel({ images: 0, features: new Float32Array(0), scores: [] }, 3, 0)).toEqual([]);
});

it('works on images that are all alike, or of which the model is sure', () => {
  const images = 6;
  const alike = { images, features: new Float32Array(12).fill(1), scores: [1, 0, 1, 0, 0, 1] };
  expect(new Set(chooseToLabel(alike, 4, 1).map(({ index }) => index)).size).toBe(4);
});
