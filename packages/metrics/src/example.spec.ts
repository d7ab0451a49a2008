// The import a reader writes, not the one this package would.
import { chooseThresholds, evaluateScores, scoresFromOutputs, scoreTable } from '@polytag/metrics';

it('runs the example of the README', () => {
  // Two images, three labels, row by row; the head gave cosines, its scale is 23.
  const outputs = Float32Array.of(0.2, -0.1, 0.05, -0.2, 0.3, -0.1);
  const targets = Float32Array.of(1, 0, 1, 0, 1, 0);
  const labels = ['beach', 'dog', 'sea'];

  const evaluation = evaluateScores({ outputs, scale: 23, targets, images: 2, labels });
  const { mAP, threshold } = evaluation; // 1 and { CP: 1, CR: 1, CF1: 1, OP: 1, … }

  const table = scoreTable(scoresFromOutputs(outputs, 23), targets, { images: 2, classes: 3 });
  const { thresholds } = chooseThresholds(table); // one a label, for predicting later

  expect(mAP).toBeCloseTo(1, 7);
  expect(threshold.CF1).toBe(1);
  expect(thresholds).toHaveLength(3);
});
