import type { Evaluation } from '@polytag/metrics';
import { betterWeights } from './best-weights.js';

/** Of two labels one occurs. */
const scores = (mAP: number) => ({ mAP, mAPOccurring: 2 * mAP }) as Evaluation;

it.each([
  ['without an average its own', 0.5, undefined, 'main'],
  ['averaged weights when they are better', 0.5, 0.6, 'ema'],
  ['its own when they are not', 0.6, 0.5, 'main'],
  ['its own of equals', 0.6, 0.6, 'main'],
] as const)('of an epoch counts %s', (_, own, averaged, weights) => {
  const best = betterWeights(2, scores(own), averaged === undefined ? undefined : scores(averaged));
  const mAP = weights === 'ema' ? averaged! : own;
  expect(best).toEqual({ epoch: 2, mAP, mAPOccurring: 2 * mAP, weights });
});
