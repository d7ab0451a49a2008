import { evaluationDetails } from './evaluation-details.js';
import { scoreTable } from './scores/score-table.js';

describe('evaluationDetails', () => {
  // Image 0 has class 0, which scores 0.4; class 1 scores 0.5 without being there.
  const table = scoreTable([0.4, 0.5], [1, 0], { images: 1, classes: 2 });

  it('confuses by the thresholds in use', () => {
    expect(evaluationDetails(table).confusedPairs).toEqual([]);
    expect(evaluationDetails(table, { threshold: 0.45 }).confusedPairs).toEqual([
      { missed: 0, predicted: 1, images: 1 },
    ]);
    expect(evaluationDetails(table, { thresholds: [0.6, 0.5] }).confusedPairs).toHaveLength(1);
    expect(evaluationDetails(table, { thresholds: [0.4, 0.5] }).confusedPairs).toEqual([]);
  });

  it('holds a curve for each class and one for all', () => {
    const { curves, overallCurve, reliability, mistakes } = evaluationDetails(table);
    expect(curves.map(({ recall }) => recall.length)).toEqual([1, 0]);
    expect([...overallCurve.precision]).toEqual([1 / 2]);
    expect(reliability.bins.map(({ count }) => count)).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
    expect(mistakes).toEqual({
      absent: [{ image: 0, index: 1, score: 0.5 }],
      present: [{ image: 0, index: 0, score: 0.4 }],
    });
  });
});
