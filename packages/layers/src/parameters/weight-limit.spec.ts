import { input } from '@tensorflow/tfjs-layers';
import { memory } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { Linear } from '../linear/linear.js';
import { withWeightLimit } from './weight-limit.js';

beforeAll(() => useEngine('cpu'));

/** Two linear layers on 8 inputs: 8 · units + units, and units · units + units. */
const twoLayers = (units: number) => () => {
  const hidden = new Linear({ name: `a${units}`, units }).apply(input({ shape: [8] }));
  return new Linear({ name: `b${units}`, units }).apply(hidden);
};
const refuse = () => new Error('too large');

it('builds what stays within, and refuses what does not before its memory is taken', () => {
  const elements = 8 * 100 + 100 + 100 * 100 + 100;
  withWeightLimit(elements, refuse, twoLayers(100));
  const before = memory();
  expect(() => withWeightLimit(elements - 1, refuse, twoLayers(100))).toThrow('too large');
  expect(() => withWeightLimit(elements, refuse, twoLayers(1e9))).toThrow('too large');
  expect(() => withWeightLimit(elements, refuse, twoLayers(NaN))).toThrow();
  expect([memory().numTensors, memory().numBytes]).toEqual([before.numTensors, before.numBytes]);
});

it('counts many small weights, and ends with what it was given', () => {
  const many = () => {
    for (let i = 0; ; i++) new Linear({ name: `c${i}`, units: 1 }).apply(input({ shape: [1] }));
  };
  expect(() => withWeightLimit(64 * 20, refuse, many)).toThrow('too large');
  twoLayers(1000)();
});
