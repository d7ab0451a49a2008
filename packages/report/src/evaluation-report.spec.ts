import { evaluateScores } from '@polytag/metrics';
import { evaluationReport, toJson } from './evaluation-report.js';
import { smallEvaluation } from './evaluation.fixture.js';

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

  it('has no thresholds where none were given', () => {
    const plain = evaluateScores({ labels: ['a'], images: 1, targets: [1], scores: [0.9] });
    const without = evaluationReport(plain, subject);
    expect('classThresholds' in without).toBe(false);
    expect('threshold' in without.classes[0]).toBe(false);
  });
});
