import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import type { SplitImage } from './split-items.js';
import { measureSplit } from './split-measures.js';
import { stratifiedSplit } from './stratified-split.js';

const labelCount = 5;
const labelsOf = fc.array(fc.nat(labelCount - 1), { maxLength: 4 });
const someImages = fc
  .array(labelsOf, { minLength: 1, maxLength: 40 })
  .map((all) => all.map((labels, i): SplitImage => ({ name: `${(i * 7919) % 101}.jpg`, labels })));
const someShares = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
const someGroups = fc.array(fc.option(fc.nat(6), { nil: undefined }), { minLength: 40, maxLength: 40 });

/** A set as real ones are: labels of very different frequency, some of which come together. */
function drawn(count: number): SplitImage[] {
  const random = new RandomStream(3, 'images');
  return Array.from({ length: count }, (_, i) => {
    const labels = [0.4, 0.2, 0.05, 0.02].flatMap((share, k) => (random.uniform() < share ? [k] : []));
    return {
      name: `${i}.jpg`,
      labels: labels.includes(2) && random.uniform() < 0.7 ? [...labels, 4] : labels,
    };
  });
}

/** The sum that docs/method.md#stratified-split has: squared differences of counts from what parts want. */
function excess(images: readonly SplitImage[], parts: ArrayLike<number>, shares: readonly number[]): number {
  const sum = shares.reduce((a, b) => a + b);
  const has = (k: number, l: number) => (image: SplitImage) =>
    image.labels.includes(k) && image.labels.includes(l);
  const features: [weight: number, of: (image: SplitImage) => boolean][] = [[1, () => true]];
  for (let k = 0; k < labelCount; k++)
    for (let l = 0; l <= k; l++) features.push([k === l ? 1 : 0.2, has(k, l)]);
  return features.reduce((all, [weight, of]) => {
    const total = images.filter(of).length;
    const off = shares.map(
      (share, part) =>
        images.filter((image, i) => parts[i] === part && of(image)).length - (share / sum) * total,
    );
    return all + weight * off.reduce((squares, one) => squares + one ** 2, 0);
  }, 0);
}

it('does not depend on the order of the images', () => {
  fc.assert(
    fc.property(someImages, someShares, someGroups, fc.nat(), (images, shares, groups, seed) => {
      const order = new RandomStream(seed, 'order').permutation(images.length);
      const parts = stratifiedSplit(images, shares, { seed, labelCount, groups });
      const others = stratifiedSplit(
        [...order].map((i) => images[i]),
        shares,
        {
          seed,
          labelCount,
          groups: [...order].map((i) => groups[i]),
        },
      );
      expect([...others]).toEqual([...order].map((i) => parts[i]));
      expect(parts.every((part) => part < shares.length)).toBe(true);
    }),
  );
});

it('keeps the images of a group together', () => {
  fc.assert(
    fc.property(someImages, someShares, someGroups, fc.nat(), (images, shares, groups, seed) => {
      const parts = stratifiedSplit(images, shares, { seed, labelCount, groups });
      images.forEach((_, i) =>
        images.forEach((_, j) => {
          if (groups[i] !== undefined && groups[i] === groups[j]) expect(parts[i]).toBe(parts[j]);
        }),
      );
    }),
  );
});

it('ends where no move of one image, or one group, brings counts nearer', () => {
  fc.assert(
    fc.property(someImages, someShares, someGroups, fc.nat(), (images, shares, groups, seed) => {
      const parts = stratifiedSplit(images, shares, { seed, labelCount, groups });
      const reached = excess(images, parts, shares);
      images.forEach((_, i) => {
        const together = (j: number) => j === i || (groups[i] !== undefined && groups[i] === groups[j]);
        shares.forEach((_, to) => {
          const moved = parts.map((part, j) => (together(j) ? to : part));
          expect(excess(images, moved, shares)).toBeGreaterThan(reached - 1e-6);
        });
      });
    }),
    { numRuns: 40 },
  );
});

it.each([
  ['halves', [1, 1]],
  ['five folds', [1, 1, 1, 1, 1]],
])('gives every part of %s its whole share where that is possible', (_, shares) => {
  // Each image as often as there are parts.
  const images = drawn(30).flatMap(({ labels }, i) => shares.map((_, j) => ({ name: `${i}-${j}`, labels })));
  const parts = stratifiedSplit(images, shares, { seed: 1, labelCount });
  const { sizes, missing } = measureSplit(images, parts, { partCount: shares.length, labelCount });
  expect(sizes).toEqual(shares.map(() => 30));
  expect(missing).toEqual([]);
});

it('is less than half as far from the whole as a random split, in labels and in pairs', () => {
  const images = drawn(500);
  const partCount = 5;
  const shares = new Array(partCount).fill(0.2);
  for (let seed = 1; seed <= 5; seed++) {
    const order = new RandomStream(seed, 'random split').permutation(images.length);
    const random = measureSplit(
      images,
      order.map((at) => at % partCount),
      { partCount, labelCount },
    );
    const parts = stratifiedSplit(images, shares, { seed, labelCount });
    const ours = measureSplit(images, parts, { partCount, labelCount });
    expect(ours.sizes).toEqual(random.sizes);
    expect(ours.LD).toBeLessThan(random.LD / 2);
    expect(ours.LPD).toBeLessThan(random.LPD / 2);
  }
});

it('takes other images with another seed', () => {
  const images = drawn(100);
  const of = (seed: number) => [...stratifiedSplit(images, [4, 1], { seed, labelCount })];
  expect(of(1)).not.toEqual(of(2));
});

it.each([[[]], [[1, 0]], [[1, -1]], [[NaN, 1]]])('refuses shares %p', (shares) => {
  expect(() => stratifiedSplit(drawn(3), shares, { seed: 1, labelCount })).toThrow(
    expect.objectContaining({ code: 'usage/split-shares' }),
  );
});
