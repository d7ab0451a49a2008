import '@tensorflow/tfjs';
import { input } from '@tensorflow/tfjs-layers';
import { Linear } from '../linear/linear.js';
import { withEmptyWeights } from './empty-weights.js';

const weightOf = (name: string) => {
  const layer = new Linear({ name, units: 3 });
  layer.apply(input({ shape: [5] }));
  return layer.parameters[0].variable.read().dataSync();
};

it('draws no weights of what is loaded next, also when that fails', () => {
  expect(withEmptyWeights(() => weightOf('one')).every((value) => value === 0)).toBe(true);
  expect(() =>
    withEmptyWeights(() => {
      throw new Error('mine');
    }),
  ).toThrow('mine');
  expect(weightOf('two').some((value) => value !== 0)).toBe(true);
});
