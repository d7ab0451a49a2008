import { ones, type Tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { Dropout } from './dropout.js';

beforeAll(() => useEngine('cpu'));

const mask = (layer: Dropout, args: { training?: boolean; step?: number; batchOffset?: number }) => [
  ...(layer.apply(ones([4, 250]), args) as Tensor).dataSync(),
];

describe('Dropout', () => {
  it('changes nothing outside training', () => {
    expect(new Set(mask(new Dropout({ name: 'drop', rate: 0.5 }), {}))).toEqual(new Set([1]));
  });

  it('keeps 1 − rate of the elements and scales them', () => {
    const values = mask(new Dropout({ name: 'drop', rate: 0.2 }), { training: true, step: 0 });
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.8)]));
    const kept = values.filter((value) => value > 0).length;
    // Five standard deviations of a binomial of 1000 and 0.8.
    expect(Math.abs(kept - 800)).toBeLessThan(5 * Math.sqrt(1000 * 0.8 * 0.2));
  });

  it('draws its mask from seed, name and step alone', () => {
    const training = true;
    const first = mask(new Dropout({ name: 'drop', rate: 0.5, seed: 1 }), { training, step: 3 });
    expect(mask(new Dropout({ name: 'drop', rate: 0.5, seed: 1 }), { training, step: 3 })).toEqual(first);
    expect(mask(new Dropout({ name: 'drop', rate: 0.5, seed: 1 }), { training, step: 4 })).not.toEqual(first);
    expect(mask(new Dropout({ name: 'drop', rate: 0.5, seed: 2 }), { training, step: 3 })).not.toEqual(first);
    expect(mask(new Dropout({ name: 'other', rate: 0.5, seed: 1 }), { training, step: 3 })).not.toEqual(
      first,
    );
  });

  it('gives an image the same mask however the batch is divided', () => {
    const layer = new Dropout({ name: 'drop', rate: 0.5, seed: 1 });
    const call = { training: true, step: 3 };
    const part = (images: number, batchOffset: number) => [
      ...(layer.apply(ones([images, 250]), { ...call, batchOffset }) as Tensor).dataSync(),
    ];
    expect([...part(1, 0), ...part(2, 1), ...part(1, 3)]).toEqual(mask(layer, call));
    expect(part(1, 1)).not.toEqual(part(1, 0));
  });

  it('counts its own steps when the call names none', () => {
    const layer = new Dropout({ name: 'drop', rate: 0.5 });
    const first = mask(layer, { training: true });
    expect(mask(layer, { training: true })).not.toEqual(first);
  });
});
