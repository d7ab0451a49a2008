import '@tensorflow/tfjs';
import { tensor2d } from '@tensorflow/tfjs-core';
import { mixTargets } from './mix-targets.js';

it('blends every row with its partner and ignores what either ignores', () => {
  const targets = tensor2d([
    [1, 0, -1, 1],
    [0, 0, 1, 1],
  ]);
  const mixed = [...mixTargets(targets, [1, 0], 0.75).dataSync()];
  expect(mixed).toEqual([0.75, 0, -1, 1, 0.25, 0, -1, 1]);
});
