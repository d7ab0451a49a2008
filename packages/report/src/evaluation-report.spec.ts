import { evaluateScores } from '@polytag/metrics';
import { evaluationReport, toJson } from './evaluation-report.js';
import { smallEvaluation } from './evaluation.fixture.js';
import { toHtml } from './html/to-html.js';
import { toTextTable } from './text-table.js';

const subject = { model: 'small', dataSet: 'val.json' };

describe('evaluationReport', () => {
  const evaluation = smallEvaluation();
  const report = evaluationReport(evaluation, subject);

  it('puts mAP by the authors’ rule on top, as a fraction', () => {
    // boat: ranks 1 and 3 -> (1 + 2/3)/2; car: rank 1 of 3 judged; dog: ranks 1 and 2; zebra: none, counted as 0.
    const byHand = ((1 + 2 / 3) / 2 + 1 + 1 + 0) / 4;
    expect(report.mAP).toBeCloseTo(byHand, 7);
    expect(Object.keys(JSON.parse(toJson(report)))[0]).toBe('mAP');
    expect(report.mAPOccurring).toBeCloseTo(((1 + 2 / 3) / 2 + 1 + 1) / 3, 7);
  });

  it('holds everything that the evaluation holds, in vocabulary order', () => {
    expect(report).toMatchObject({ ...subject, images: 4, labels: 4, ignored: 1, emptyClasses: ['zebra'] });
    expect(report.exactMatch).toBe(evaluation.exactMatch);
    for (const block of ['threshold', 'top3', 'top3AtLeastHalf', 'classThresholds'] as const) {
      for (const [key, value] of Object.entries(report[block]!)) {
        expect(evaluation[block]![key as 'CP']).toBe(value);
      }
      expect(Object.keys(report[block]!)).toEqual(
        expect.arrayContaining(['CP', 'CR', 'CF1', 'CF1MeanOfClasses', 'OP', 'OR', 'OF1']),
      );
    }
    report.classes.forEach((entry, k) => {
      expect(entry).toEqual({
        label: evaluation.labels[k],
        positives: evaluation.positives[k],
        known: evaluation.known[k],
        averagePrecision: evaluation.averagePrecision[k],
        precision: evaluation.threshold.perClass.precision[k],
        recall: evaluation.threshold.perClass.recall[k],
        f1: evaluation.threshold.perClass.f1[k],
        threshold: evaluation.classThresholds!.values[k],
        precisionAtThreshold: evaluation.classThresholds!.perClass.precision[k],
        recallAtThreshold: evaluation.classThresholds!.perClass.recall[k],
        f1AtThreshold: evaluation.classThresholds!.perClass.f1[k],
      });
    });
  });

  it('comes back from JSON unchanged, with null where there is no value', () => {
    expect(JSON.parse(toJson(report))).toEqual(report);
    const empty = evaluateScores({ labels: ['a'], images: 1, targets: [0], scores: [0.2] });
    expect(JSON.parse(toJson(evaluationReport(empty, subject))).mAPOccurring).toBeNull();
  });

  it('groups labels by their training images where these are known', () => {
    const evaluation = smallEvaluation();
    const [boat, car, dog] = evaluation.averagePrecision;
    const grouped = evaluationReport(evaluation, { ...subject, trainingImages: [101, 100, 20, 19] });
    expect(grouped.frequencyGroups).toEqual([
      { name: 'many', from: 101, to: null, labels: 1, occurring: 1, mAPOccurring: boat },
      { name: 'medium', from: 20, to: 100, labels: 2, occurring: 2, mAPOccurring: (car + dog) / 2 },
      { name: 'few', from: 0, to: 19, labels: 1, occurring: 0, mAPOccurring: null },
    ]);
    expect(toTextTable(grouped)).toContain('mAP 83.33   many: 1 label on more than 100 training images\n');
    expect(toTextTable(grouped)).toContain('mAP –   few: 1 label on fewer than 20 training images\n');
    expect(toHtml(grouped)).toContain('<th scope="row">medium: 2 labels on 20 to 100 training images</th>');
    expect(report).not.toHaveProperty('frequencyGroups');
  });

  it('has no thresholds where none were given', () => {
    const plain = evaluateScores({ labels: ['a'], images: 1, targets: [1], scores: [0.9] });
    const without = evaluationReport(plain, subject);
    expect('classThresholds' in without).toBe(false);
    expect('threshold' in without.classes[0]).toBe(false);
  });
});
