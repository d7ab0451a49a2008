import type { Evaluation } from '@polytag/metrics';
import { betterWeights, compareScore, initialSelection, type ScoreVerdict } from './selection.js';

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

/** What each of the scores brings. */
function compareAll(scores: readonly number[], patience: number, warmUp = 0): ScoreVerdict[] {
  let state = initialSelection;
  return scores.map((score, i) => {
    const verdict = compareScore(state, score, { patience, warmUpFinished: i >= warmUp });
    state = verdict.state;
    return verdict;
  });
}

const stops = (verdicts: readonly ScoreVerdict[]) => verdicts.map(({ stop }) => stop);

it('stops after `patience` scores at or below the smoothed reference', () => {
  // The reference is 0.8·0.5 = 0.4 after the first score: 0.45 exceeds it without being the best.
  const verdicts = compareAll([0.5, 0.45, 0.3, 0.44, 0.2], 2);
  expect(stops(verdicts)).toEqual([undefined, undefined, undefined, 'patience', 'patience']);
  expect(verdicts.map(({ isBest }) => isBest)).toEqual([true, false, false, false, false]);
  expect(verdicts[0].state.smoothed).toBeCloseTo(0.4, 12);
  expect(verdicts[1].state.smoothed).toBeCloseTo(0.8 * 0.45 + 0.2 * 0.4, 12);
});

it('does not count while the learning rate still rises', () => {
  const scores = [0.5, 0.3, 0.3, 0.3, 0.3];
  expect(compareAll(scores, 2, 3).map(({ state }) => state.counter)).toEqual([0, 0, 0, 1, 2]);
});

it('starts to count anew with a better score', () => {
  const verdicts = compareAll([0.5, 0.3, 0.6, 0.3, 0.3], 2);
  expect(verdicts.map(({ state }) => state.counter)).toEqual([0, 1, 0, 1, 2]);
});

it('compares four decimals, and prefers the later of equals', () => {
  const verdicts = compareAll([0.50004, 0.49996, 0.4999], 9);
  expect(verdicts.map(({ isBest }) => isBest)).toEqual([true, true, false]);
});

it.each([
  [0.99985, undefined],
  [0.9999, 'perfect'],
  [1, 'perfect'],
] as const)('at a score of %d: %s', (score, stop) => {
  expect(compareScore(initialSelection, score, { patience: 5, warmUpFinished: false })).toMatchObject(
    stop ? { stop, isBest: true } : { isBest: true },
  );
});

it('remembers a perfect score: nothing less is the best after it', () => {
  const verdicts = compareAll([0.8, 1, 0.9, 0.9999, 1], 9);
  expect(verdicts.map(({ isBest }) => isBest)).toEqual([true, true, false, false, true]);
});

it('less by the fifth decimal is a tie', () => {
  const verdicts = compareAll([0.60004, 0.60001, 0.59], 9);
  expect(verdicts.map(({ isBest }) => isBest)).toEqual([true, true, false]);
});
