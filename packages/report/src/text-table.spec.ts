import fc from 'fast-check';
import { evaluateScores } from '@polytag/metrics';
import { evaluationReport } from './evaluation-report.js';
import { smallEvaluation, smallTable } from './evaluation.fixture.js';
import { toTextTable } from './text-table.js';
import { textWidth } from './text-width.js';

const table = (labels?: string[], width?: number) =>
  toTextTable(evaluationReport(smallEvaluation(labels), { model: 'small', dataSet: 'val.json' }), { width });

describe('toTextTable', () => {
  it('lists labels from the best average precision to the worst, then the means', () => {
    const lines = table().split('\n');
    // Precision, recall and F1 from each label's own threshold on, dog's is 0.7. The authors' epsilon puts dog (2 images) above car (1).
    expect(lines.slice(0, 8).map((line) => line.split(/ +/))).toEqual([
      ['label', 'images', 'AP', 'precision', 'recall', 'F1'],
      ['-'.repeat(52)],
      ['dog', '2', '100.00', '100.00', '100.00', '100.00'],
      ['car', '1', '100.00', '100.00', '100.00', '100.00'],
      ['boat', '2', '83.33', '66.67', '100.00', '80.00'],
      ['zebra', '0', '-', '0.00', '0.00', '0.00'],
      ['-'.repeat(52)],
      ['mean', '94.44', '66.67', '75.00', '70.00'],
    ]);
  });

  it('says from which score on a label is predicted', () => {
    expect(table()).toContain(
      '\nPrecision, recall and F1: a label is predicted at or above its own threshold.\n',
    );
    const labels = ['boat', 'car', 'dog', 'zebra'];
    const report = evaluationReport(evaluateScores({ ...smallTable.table, labels }), {
      model: 'small',
      dataSet: 'val.json',
    });
    const text = toTextTable(report);
    expect(text).toContain('\nPrecision, recall and F1: a label is predicted at a score above 0.5.\n');
    // 0.6 is above 0.5 and below dog's own threshold.
    expect(text).toMatch(/^dog +2 +100\.00 +66\.67 +100\.00 +80\.00$/m);
  });

  it('tells what was evaluated, the overall figures, and what is special', () => {
    const text = table();
    expect(text).toContain('small on val.json: 4 images, 4 labels\n');
    expect(text).toContain('mAP 94.44   exact match ');
    expect(text).toContain('score > 0.5     CF1 65.63   OF1 83.33   OP 71.43   OR 100.00\n');
    expect(text).toContain('own thresholds  CF1 ');
    expect(text).toContain(
      'mAP over all 4 labels, as in papers: 70.83, with 0 for the 1 label without images: zebra\n' +
        'In the row of means, AP covers the 3 labels with images; precision, recall and F1 cover all 4.\n' +
        '3 labels have fewer than 10 images: their AP and F1 are unreliable.\n',
    );
    expect(text).toContain('Known: 15 of 16 image-label pairs; the others are not evaluated.\n');
    expect(text).toContain('1 label is known to be absent in fewer than 10 images: its AP is optimistic.\n');
  });

  it('never exceeds the width, whatever the labels', () => {
    const label = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 });
    fc.assert(
      fc.property(
        fc.uniqueArray(label, { minLength: 4, maxLength: 4 }),
        fc.constantFrom(60, 80, 120),
        (labels, width) => {
          for (const line of table(labels, width).split('\n'))
            expect(textWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('cuts nothing where no width is given, and loses no word of its lines where one is', () => {
    const labels = ['boat', 'car', 'dog', `a label of ${'many words '.repeat(20)}`];
    const words = (text: string) => text.split(/\s+/).join(' ');
    const whole = table(labels);
    expect(whole).not.toContain('…');
    expect(whole).toContain(`without images: ${labels[3]}`.trimEnd());
    const lines = words(table(labels, 60));
    expect(lines).toContain(words(whole.split('\n').find((line) => line.includes('as in papers'))!));
  });

  it('says nothing of papers where every label occurs', () => {
    const labels = ['a'];
    const all = evaluateScores({
      labels,
      images: 12,
      targets: Array(12).fill(1),
      scores: Array(12).fill(0.9),
    });
    const text = toTextTable(evaluationReport(all, { model: 'm', dataSet: 'd' }));
    expect(text).toMatch(/\nmAP 100\.00 {3}exact match 100\.00 \(score > 0\.5\)\n(?!.*(papers|fewer))/s);
    const none = evaluateScores({ labels, images: 1, targets: [0], scores: [0.2] });
    expect(toTextTable(evaluationReport(none, { model: 'm', dataSet: 'd' }))).toContain('\nmAP –   exact');
  });

  it('keeps columns under each other for labels of other scripts, and disarms control characters', () => {
    const lines = table(['船', 'ca\u0301r', '\u001b[31mred', 'ζέβρα']).split('\n').slice(2, 6);
    const ends = lines.map((line) => textWidth(line));
    expect(new Set(ends).size).toBe(1);
    expect(lines.join()).not.toContain('\u001b');
    expect(lines.join()).toContain('\\x1b[31mred');
  });
});
