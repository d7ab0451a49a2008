import { evaluateScores, evaluationDetails, scoreTable } from '@polytag/metrics';
// The import a reader writes, not the one this package would.

import { evaluationReport, toHtml, toJson, toTextTable } from '@polytag/report';

it('runs the example of the README', () => {
  const names = ['1.jpg', '2.jpg', '3.jpg'];
  const scores = [0.9, 0.2, 0.8, 0.7, 0.7, 0.1];
  const table = scoreTable(scores, [1, 0, 0, 1, 1, 0], { images: 3, classes: 2 });
  const evaluation = evaluateScores({ ...table, labels: ['boat', 'car'] });
  const report = evaluationReport(evaluation, { model: 'small', dataSet: 'val.json' });

  const text = toTextTable(report); // for a terminal
  const json = toJson(report); // for a file; { "mAP": 0.9166…, … }
  const page = toHtml(report, { ...evaluationDetails(table), imageAt: (i) => ({ name: names[i] }) });

  expect(text).toContain('boat         2    83.33      66.67   100.00    80.00\n');
  expect(JSON.parse(json).mAP).toBeCloseTo((5 / 6 + 1) / 2, 7);
  // The second image has no boat, but scores 0.8 for one.
  expect(page).toContain('<bdi>boat</bdi> <strong>0.800</strong></span><span class="note"><bdi>2.jpg</bdi>');
});
