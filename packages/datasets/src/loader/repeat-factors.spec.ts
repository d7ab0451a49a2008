import fc from 'fast-check';
import { LabelVocabulary, RandomStream } from '@polytag/core';
import { batchPlan } from './batch-plan.js';
import { epochLength, repeatedImages, repeatFactors } from './repeat-factors.js';

const labels = new LabelVocabulary(['common', 'medium', 'rare']);
/** 100 images: all have the common label, 25 the medium, 4 the rare one; the first two of those have both. */
const images = Array.from({ length: 100 }, (_, i) => ({
  name: `${i}`,
  path: `${i}`,
  labels: [0, ...(i >= 2 && i < 27 ? [1] : []), ...(i < 4 ? [2] : [])],
}));
const dataset = { source: 'x', labels, images, unknownLabels: new Map() };

describe('repeatFactors', () => {
  it('is the highest of max(1, √(t/f)) over the labels of an image', () => {
    const factors = repeatFactors(dataset, { threshold: 0.36 });
    // √(0.36/0.04) = 3, √(0.36/0.25) = 1.2, and 1 for what all have.
    expect([...factors.slice(0, 4)]).toEqual([3, 3, 3, 3]);
    for (const factor of factors.slice(4, 27)) expect(factor).toBeCloseTo(1.2, 12);
    expect([...factors.slice(27)]).toEqual(Array(73).fill(1));
  });

  it('takes the median share where there is no threshold, and the images that are known for all', () => {
    expect(repeatFactors(dataset)[0]).toBeCloseTo(Math.sqrt(0.25 / 0.04), 12);
    expect(repeatFactors(dataset)[5]).toBe(1);
    // Of 20 images it is known whether they have the rare label: 4 of 20.
    const partly = images.map((image, i) => (i < 20 ? image : { ...image, unknown: [2] }));
    expect(repeatFactors({ labels, images: partly }, { threshold: 0.8 })[0]).toBeCloseTo(2, 12);
  });

  it('is 1 for an image without labels, and wherever no label is rare', () => {
    expect([...repeatFactors({ labels, images: [{ ...images[0], labels: [] }] })]).toEqual([1]);
    expect(new Set(repeatFactors(dataset, { threshold: 0.01 }))).toEqual(new Set([1]));
    for (const threshold of [0, -1, 2, NaN])
      expect(() => repeatFactors(dataset, { threshold })).toThrow(
        expect.objectContaining({ code: 'usage/loader-option' }),
      );
  });
});

describe('repeatedImages', () => {
  const factors = fc
    .array(fc.double({ min: 1, max: 4, noNaN: true }), { minLength: 1, maxLength: 30 })
    .map((values) => Float64Array.from(values));

  it('has every image as often as its factor, rounded up or down, in epochs of one length', () => {
    fc.assert(
      fc.property(factors, fc.nat(), (of, seed) => {
        const drawn = repeatedImages(of, new RandomStream(seed, 'epoch'));
        expect(drawn).toHaveLength(epochLength(of));
        const counts = of.map((_, i) => drawn.filter((image) => image === i).length);
        const short = [...counts].filter((count, i) => count < Math.floor(of[i]));
        // The systematic sample may have one image more than the epoch: then one is left out.
        expect(short.length).toBeLessThanOrEqual(1);
        counts.forEach((count, i) => expect(count).toBeLessThanOrEqual(Math.ceil(of[i])));
      }),
    );
  });

  it('has an image as often as its factor on average', () => {
    const of = Float64Array.of(1, 1.25, 2.5, 3.9, 1.35);
    const epochs = 4000;
    const counts = new Float64Array(of.length);
    for (let epoch = 0; epoch < epochs; epoch++)
      for (const image of repeatedImages(of, new RandomStream(3, `balanced/${epoch}`))) counts[image]++;
    // The sum of the factors is whole, so that no image is left out. Standard deviation of a mean: at most 0.5/√4000.
    counts.forEach((count, i) => expect(Math.abs(count / epochs - of[i])).toBeLessThan(4 * 0.0079));
  });

  it('draws another order, and other images twice, in each epoch', () => {
    const of = new Float64Array(40).fill(1.5);
    const [a, b] = [0, 1].map((epoch) => [...repeatedImages(of, new RandomStream(1, `balanced/${epoch}`))]);
    expect(a).not.toEqual(b);
    expect([...a].sort()).not.toEqual([...b].sort());
  });
});

describe('batchPlan with balanced', () => {
  const options = { batchSize: 16, shuffle: { seed: 5 }, balanced: { threshold: 0.36 }, dropLast: true };

  it('has batches of the longer epoch, a function of seed and epoch alone', () => {
    const [one, other] = [batchPlan(dataset, options), batchPlan(dataset, options)];
    // 4·3 + 23·1.2 + 73 = 112.6
    expect([one.size, one.batchesPerEpoch]).toEqual([100, 7]);
    for (const epoch of [0, 3])
      for (let b = 0; b < 7; b++) expect(one.batchesOf(epoch)(b)).toEqual(other.batchesOf(epoch)(b));
    const rare = Array.from({ length: 7 }, (_, b) => [...one.batchesOf(2)(b).indices])
      .flat()
      .filter((image) => image < 4);
    expect(rare.length).toBeGreaterThanOrEqual(11);
    expect(
      batchPlan(dataset, { ...options, maxImages: 50 })
        .batchesOf(0)(0)
        .indices.every((i) => i < 50),
    ).toBe(true);
  });

  it('needs a seed', () => {
    expect(() => batchPlan(dataset, { ...options, shuffle: undefined })).toThrow(
      expect.objectContaining({ code: 'usage/loader-option' }),
    );
  });
});
