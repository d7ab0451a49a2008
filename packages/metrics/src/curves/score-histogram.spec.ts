import { RandomStream } from '@polytag/core';
import { precisionRecall } from '../predictions/precision-recall.js';
import { predictAtThreshold } from '../predictions/predictions.js';
import { scoreTable } from '../scores/score-table.js';
import { scoreHistograms } from './score-histogram.js';

const STEPS = 200;
const from = (counts: Uint32Array, step: number) =>
  counts.subarray(step).reduce((sum, count) => sum + count, 0);

it('counts the decisions at each threshold as precision and recall do', () => {
  const [images, classes] = [60, 3];
  const stream = new RandomStream(5, 'histogram');
  // Every third score lies on a threshold, where rounding could move it to the one below.
  const scores = Float64Array.from({ length: images * classes }, (_, i) =>
    i % 3 === 0 ? Math.floor((STEPS + 1) * stream.uniform()) / STEPS : stream.uniform(),
  );
  const targets = scores.map(() => Math.floor(3 * stream.uniform()) - 1);
  const table = scoreTable(scores, targets, { images, classes });
  const histograms = scoreHistograms(table, STEPS);
  for (let step = 0; step <= STEPS; step++) {
    const { perClass } = precisionRecall(
      table,
      predictAtThreshold(table, new Float64Array(classes).fill(step / STEPS), 'at-least'),
    );
    histograms.forEach(({ present, absent }, k) => {
      const hits = from(present, step);
      const predicted = hits + from(absent, step);
      expect(perClass.precision[k]).toBe(predicted === 0 ? 0 : hits / predicted);
      expect(perClass.recall[k]).toBe(hits / from(present, 0));
    });
  }
});

it('refuses what is no probability', () => {
  const table = scoreTable([0.5, 1.5], [1, 0], { images: 1, classes: 2 });
  expect(() => scoreHistograms(table, STEPS)).toThrow(
    expect.objectContaining({ code: 'usage/not-a-probability' }),
  );
});
