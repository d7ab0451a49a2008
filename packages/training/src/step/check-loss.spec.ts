import { cast, greater, mean, mul, neg, squaredDifference, sum, type Tensor2D } from '@tensorflow/tfjs-core';
import type { ElementwiseLoss, Loss } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { binaryCrossEntropy } from '@polytag/losses';
import { checkLoss } from './check-loss.js';

beforeAll(() => useEngine('cpu'));

const of = (elementwise: (x: Tensor2D, y: Tensor2D) => unknown): Loss => ({
  name: 'mine',
  space: 'logits',
  elementwise: elementwise as ElementwiseLoss['elementwise'],
});
const squares = (x: Tensor2D, y: Tensor2D): Tensor2D => squaredDifference(x, y);

it.each([
  ['a scalar', of((x, y) => mean(squares(x, y))), 'part/shape', '[] of type float32 for outputs [4, 3]'],
  ['a sum of each row', of((x, y) => sum(squares(x, y), 1)), 'part/shape', '[4] of type float32'],
  ['nothing', of(() => undefined), 'part/shape', 'no tensor'],
  ['values below 0', of((x, y) => neg(squares(x, y))), 'part/loss', 'expected 0 or more'],
  ['NaN', of((x, y) => mul(squares(x, y), NaN)), 'part/loss', 'is NaN for output'],
  ['no gradient', of((x, y) => cast(greater(squares(x, y), 1), 'float32')), 'part/no-gradient', 'gradient'],
  ['a promise', of(async (x, y) => squares(x, y)), 'part/promise', 'elementwise returns a promise'],
  ['an error', of(() => (undefined as never as { size: number }).size), 'part/threw', 'elementwise failed: '],
])('a loss that gives %s is refused, by its name', (_, loss, code, told) => {
  let error: unknown;
  try {
    checkLoss(loss, { labels: 3, scale: 1 });
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ code, exitCode: 8, message: expect.stringContaining(told) });
  expect((error as Error).message).toMatch(/loss "mine"/i);
});

it.each([1, 2, 17])('a loss that keeps its contract passes with %i labels', (labels) => {
  expect(() => checkLoss(of(squares), { labels, scale: 1 })).not.toThrow();
  expect(() => checkLoss(binaryCrossEntropy(), { labels, scale: 1 })).not.toThrow();
});
