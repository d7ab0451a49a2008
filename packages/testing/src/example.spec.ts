import { greaterEqual, sigmoid, square, sub, where, zerosLike, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Loss } from '@polytag/core';
import { useEngine } from '@polytag/engine';
// The import a reader writes, not the one this package would.
import { checkLoss } from '@polytag/testing';

const brier: Loss<'logits'> = {
  name: 'brier',
  space: 'logits',
  elementwise: (logits, targets) => {
    const error = sub(sigmoid(logits), targets);
    return where(greaterEqual(targets, 0), square(error), zerosLike(error)) as Tensor2D;
  },
};

it('keeps the contract of a loss', async () => {
  await useEngine('cpu');
  await checkLoss(brier); // throws a ConformanceError that names the broken rule
});
