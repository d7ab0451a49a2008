import { validate } from '@polytag/core';
import { augmentationSchema } from './augmentation-settings.js';
import { RAND_AUGMENT_NAMES } from './rand-augment-operations.js';

const check = (value: unknown) =>
  validate(augmentationSchema, value, { source: 'x.yaml', path: 'data.augment' });

it('is off by default', () => {
  expect(check({})).toEqual({
    crop: false,
    randAugment: false,
    colourJitter: false,
    cutout: false,
    mix: false,
  });
});

it('fills in the settings of what is on, the paper’s where it has some', () => {
  const on = check({ crop: true, randAugment: true, colourJitter: true, cutout: true, mix: true });
  expect(on).toEqual({
    crop: { scale: [0.5, 1], ratio: [3 / 4, 4 / 3] },
    randAugment: { draws: 2, probability: 0.5, operations: RAND_AUGMENT_NAMES },
    colourJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4 },
    cutout: { probability: 0.5, factor: 0.4 },
    mix: { name: 'mixup', alpha: 1, probability: 1 },
  });
  expect(check({ cutout: { factor: 0.35 } }).cutout).toEqual({ probability: 0.5, factor: 0.35 });
  // A resolved config is a config.
  expect(check(on)).toEqual(on);
});

it('names what is wrong', () => {
  expect(() => check({ cutout: { factr: 0.4 } })).toThrow('unknown key "data.augment.cutout.factr"');
  expect(() => check({ cutoff: true })).toThrow('unknown key "data.augment.cutoff"');
  expect(() => check({ randAugment: { operations: ['Blur'] } })).toThrow(
    'data.augment.randAugment.operations.0',
  );
  expect(() => check({ crop: { scale: [0.8, 0.5] } })).toThrow('the first must not exceed the second');
  expect(() => check({ mix: { alpha: 0 } })).toThrow('data.augment.mix.alpha');
});
