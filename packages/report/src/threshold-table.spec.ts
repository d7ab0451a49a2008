import { evaluateScores } from '@polytag/metrics';
import { textWidth } from './text-width.js';
import { toThresholdTable } from './threshold-table.js';

const labels = ['boat', '自動車と自転車', 'empty'];
const scores = [0.9, 0.3, 0.1, 0.4, 0.2, 0.1, 0.35, 0.05, 0.2];
const targets = [1, 1, 0, 1, 1, 0, 0, 0, 0];
const thresholds = [0.4, 0.2, 0.5];
const evaluation = evaluateScores({ scores, targets, images: 3, labels, thresholds });

it('shows images, threshold and F1 before and after, best average precision first', () => {
  // boat: 0.9 and 0.4 are right, 0.35 is not; at 0.5 one of two is found, F1 2/3. The second label: 0.3 and 0.2, F1 0 at 0.5.
  const text = toThresholdTable({ ...evaluation, classThresholds: evaluation.classThresholds! });
  expect(text.split('\n').map((line) => line.replace(/\s+/g, ' '))).toEqual([
    'label images threshold F1 > 0.5 F1',
    expect.stringMatching(/^-+$/),
    'boat 2 0.4000 66.67 100.00',
    '自動車と自転車 2 0.2000 0.00 100.00',
    'empty 0 0.5000 - -',
    '',
    expect.stringMatching(/^score > 0\.5 CF1 .* OF1 40\.00 OP 100\.00 OR 25\.00$/),
    expect.stringMatching(/^own thresholds CF1 .* OF1 100\.00 OP 100\.00 OR 100\.00$/),
    '',
  ]);
});

it('keeps to the width of the terminal', () => {
  const text = toThresholdTable(
    {
      ...evaluation,
      labels: ['x'.repeat(90), ...labels.slice(1)],
      classThresholds: evaluation.classThresholds!,
    },
    { width: 70 },
  );
  expect(Math.max(...text.split('\n').map(textWidth))).toBeLessThanOrEqual(70);
});
