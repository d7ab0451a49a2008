import { beforeAnyScore, judgeScore, type Judgement } from './early-stopping.js';

/** What each of the scores brings. */
function judgeAll(scores: readonly number[], patience: number, warmUp = 0): Judgement[] {
  let state = beforeAnyScore;
  return scores.map((score, i) => {
    const judged = judgeScore(state, score, { patience, warmUpFinished: i >= warmUp });
    state = judged.state;
    return judged;
  });
}

const stops = (judged: readonly Judgement[]) => judged.map(({ stop }) => stop);

it('stops after `patience` scores at or below the smoothed reference', () => {
  // The reference is 0.8·0.5 = 0.4 after the first score: 0.45 exceeds it without being the best.
  const judged = judgeAll([0.5, 0.45, 0.3, 0.44, 0.2], 2);
  expect(stops(judged)).toEqual([undefined, undefined, undefined, 'patience', 'patience']);
  expect(judged.map(({ isBest }) => isBest)).toEqual([true, false, false, false, false]);
  expect(judged[0].state.smoothed).toBeCloseTo(0.4, 12);
  expect(judged[1].state.smoothed).toBeCloseTo(0.8 * 0.45 + 0.2 * 0.4, 12);
});

it('does not count while the learning rate still rises', () => {
  const scores = [0.5, 0.3, 0.3, 0.3, 0.3];
  expect(judgeAll(scores, 2, 3).map(({ state }) => state.counter)).toEqual([0, 0, 0, 1, 2]);
});

it('starts to count anew with a better score', () => {
  const judged = judgeAll([0.5, 0.3, 0.6, 0.3, 0.3], 2);
  expect(judged.map(({ state }) => state.counter)).toEqual([0, 1, 0, 1, 2]);
});

it('compares four decimals, and prefers the later of equals', () => {
  const judged = judgeAll([0.50004, 0.49996, 0.4999], 9);
  expect(judged.map(({ isBest }) => isBest)).toEqual([true, true, false]);
});

it.each([
  [0.99985, undefined],
  [0.9999, 'perfect'],
  [1, 'perfect'],
] as const)('at a score of %d: %s', (score, stop) => {
  expect(judgeScore(beforeAnyScore, score, { patience: 5, warmUpFinished: false })).toMatchObject(
    stop ? { stop, isBest: true } : { isBest: true },
  );
});
