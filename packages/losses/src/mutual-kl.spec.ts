import '@tensorflow/tfjs';
import { grads, tensor2d, type Scalar, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { mutualKl, mutualLearningTerm } from './mutual-kl.js';

const own = { outputs: tensor2d([[0.5, -1]]), scale: 1 };
const second = { outputs: tensor2d([[1, 0]]), scale: 1 };

function gradients(f: (x: Tensor2D, y: Tensor2D) => Scalar): number[][] {
  const both = grads((x: Tensor, y: Tensor) => f(x as Tensor2D, y as Tensor2D))([
    own.outputs,
    second.outputs,
  ]);
  return both.map((gradient) => [...gradient.dataSync()]);
}

it('gives the published numbers, and leaves the other model alone', () => {
  expect(mutualKl(own, second).dataSync()[0]).toBeCloseTo(0.073229524, 6);
  // Another model without a path to the result would be an error in grads(): the added 0·Σy gives it one.
  const [forOwn, forSecond] = gradients((x, y) =>
    mutualKl({ outputs: x, scale: 1 }, { outputs: y, scale: 1 }).add(y.sum().mul(0)).asScalar(),
  );
  expect(forOwn[0]).toBeCloseTo(-0.0543, 4);
  expect(forOwn[1]).toBeCloseTo(-0.1155, 4);
  expect(forSecond.map(Math.abs)).toEqual([0, 0]);
});

it('is 0 between equal models, whatever the way to the same logits', () => {
  const half = { outputs: tensor2d([[0.25, -0.5]]), scale: 2 };
  expect(Math.abs(mutualKl(own, half).dataSync()[0])).toBeLessThan(1e-6);
});

it('stays finite for extreme outputs', () => {
  const low = { outputs: tensor2d([[-200, 200]]), scale: 1 };
  const high = { outputs: tensor2d([[200, -200]]), scale: 1 };
  // −ln ε for each element.
  expect(mutualKl(low, high).dataSync()[0]).toBeCloseTo(-Math.log(1e-8), 4);
});

it('averages over the other models', () => {
  const other = { outputs: tensor2d([[-2, 3]]), scale: 0.5 };
  const separate = (mutualKl(own, second).dataSync()[0] + mutualKl(own, other).dataSync()[0]) / 2;
  expect(mutualLearningTerm(own, [second, other]).dataSync()[0]).toBeCloseTo(separate, 6);
});
