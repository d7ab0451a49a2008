import { evaluateScores } from '@polytag/metrics';
// The import a reader writes, not the one this package would.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { evaluationReport, toJson, toTextTable } from '@polytag/report';

it('runs the example of the README', () => {
  const evaluation = evaluateScores({
    labels: ['boat', 'car'],
    images: 3,
    targets: [1, 0, 0, 1, 1, 0],
    scores: [0.9, 0.2, 0.8, 0.7, 0.7, 0.1],
  });
  const report = evaluationReport(evaluation, { model: 'small', dataSet: 'val.json' });

  const table = toTextTable(report); // for a terminal
  const json = toJson(report); // for a file; { "mAP": 0.9166…, … }

  expect(table).toContain('boat         2    83.33      66.67   100.00    80.00\n');
  expect(JSON.parse(json).mAP).toBeCloseTo((5 / 6 + 1) / 2, 7);
});
