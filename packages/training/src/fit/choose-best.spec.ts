import { chooseBest } from './choose-best.js';

it.each([
  ['the first is the best', [1, 0.5, undefined, undefined], { epoch: 1, mAP: 0.5, weights: 'main' }, true],
  [
    'averaged weights win when better',
    [2, 0.5, 0.6, undefined],
    { epoch: 2, mAP: 0.6, weights: 'ema' },
    true,
  ],
  ['own weights win when equal', [2, 0.6, 0.6, undefined], { epoch: 2, mAP: 0.6, weights: 'main' }, true],
  ['a tie with the best counts', [3, 0.6, 0.1, 0.6], { epoch: 3, mAP: 0.6, weights: 'main' }, true],
  [
    'less by the fifth decimal is a tie',
    [3, 0.60001, 0.1, 0.60004],
    { epoch: 3, mAP: 0.60001, weights: 'main' },
    true,
  ],
  ['less does not', [3, 0.59, 0.1, 0.6], { epoch: 3, mAP: 0.59, weights: 'main' }, false],
] as const)('%s', (_, [epoch, mAP, mAPEma, before], candidate, isBest) => {
  // Of two labels one occurs.
  const scores = (score: number) => ({ mAP: score, mAPOccurring: 2 * score });
  const best = before === undefined ? undefined : ({ epoch: 1, ...scores(before), weights: 'main' } as const);
  expect(chooseBest(epoch, scores(mAP), mAPEma === undefined ? undefined : scores(mAPEma), best)).toEqual({
    candidate: { ...candidate, ...scores(candidate.mAP) },
    isBest,
  });
});
