import { bootstrapDifference, evaluateScores, scoreTable } from '@polytag/metrics';
import { comparedThresholds, comparison } from './comparison.js';

const LABELS = ['often', 'seldom'];
/** 40 images: `often` is in 20 of them, `seldom` in one. */
const targets = Array.from({ length: 40 }, (_, i) => [Number(i % 2 === 0), Number(i === 0)]).flat();
/** Right but for one in `wrong` images; where it is right, the score is `sure` from 0 or 1. */
const scores = (wrong: number, sure = 0.2) =>
  targets.map((target, i) => {
    const turned = Math.floor(i / 2) % wrong === 0 ? 1 - target : target;
    return Math.abs(turned - sure) + 1e-6 * (i % 7);
  });

function compared(
  first: readonly number[],
  second: readonly number[],
  thresholds: Parameters<typeof comparedThresholds>[0] = [undefined, undefined],
) {
  const of = comparedThresholds(thresholds);
  const sides = [first, second].map((values, i) => ({
    table: scoreTable(values, targets, { images: 40, classes: 2 }),
    thresholds: of[i],
  }));
  const [a, b] = sides.map((side) =>
    evaluateScores({ ...side.table, labels: LABELS, thresholds: side.thresholds }),
  );
  const intervals = bootstrapDifference(sides[0], sides[1], { resamples: 100 });
  return comparison(a, b, intervals, { first: 'a', second: 'b', dataSet: 'val.json' });
}

it('counts no label with fewer than ten images, and tells them apart', () => {
  const { classes, verdict } = compared(scores(3), scores(9));
  expect(classes.map(({ label, hasFewImages }) => [label, hasFewImages])).toEqual([
    ['often', false],
    ['seldom', true],
  ]);
  expect(verdict.slice(-2)).toEqual([
    'Of 1 label with at least 10 images, B is better at 1.',
    '1 label with fewer than 10 images is not compared: too few images to show a difference.',
  ]);
});

it('compares decisions at the thresholds that each side has, and at 0.5 where it has none', () => {
  const [one, two] = [scores(3), scores(3, 0.45)];
  const own = [0.6, 0.6];
  const f1 = (thresholds: number[] | undefined, values: readonly number[]) => {
    const evaluation = evaluateScores({ scores: values, targets, images: 40, labels: LABELS, thresholds });
    return (evaluation.classThresholds ?? evaluation.threshold).OF1;
  };
  const rows = (thresholds: Parameters<typeof comparedThresholds>[0]) =>
    compared(one, two, thresholds).figures.flatMap(({ name, at, isHeadline, first, second }) =>
      name === 'OF1' ? [[at, isHeadline, first, second]] : [],
    );
  const half = ['score > 0.5', f1(undefined, one), f1(undefined, two)];
  expect(rows([undefined, undefined])).toEqual([[half[0], true, ...half.slice(1)]]);
  // No score of the second reaches 0.6.
  expect(rows([own, own])).toEqual([
    ['own thresholds', true, f1(own, one), 0],
    [half[0], false, ...half.slice(1)],
  ]);
  expect(rows([undefined, own])[0]).toEqual(['own thresholds; A: score > 0.5', true, half[1], 0]);
  expect(rows([own, undefined])[0]).toEqual(['own thresholds; B: score > 0.5', true, f1(own, one), half[2]]);
});

it.each([0.5, 0.5 + 2 ** -53])('decides at a score of %d as above 0.5', (score) => {
  const [, half] = comparedThresholds([[0.9], undefined]);
  expect(score >= half![0]).toBe(score > 0.5);
});
