import {
  averagePrecisions,
  averagePrecisionsSkipEmpty,
  evaluateScores,
  precisionRecall,
  precisionRecallCurves,
  predictAtThreshold,
  predictTop,
  scoresFromOutputs,
  scoreTable,
  type ScoreTable,
} from '@polytag/metrics';
import { expectClose } from '../compare.js';
import type { KindRunners } from '../runner.js';
import { expectBlocks, families, type Got } from './metrics.js';

/** Scikit-learn's average precision, where equal scores are one step: the area under the steps of the curve. */
function areasUnderCurves(table: ScoreTable): number[] {
  return precisionRecallCurves(table).map(({ precision, recall }) =>
    recall.length === 0
      ? NaN
      : recall.reduce((sum, value, i) => sum + (value - (recall[i - 1] ?? 0)) * precision[i], 0),
  );
}

/** A table of some of the classes. */
function ofClasses({ scores, targets, images, classes }: ScoreTable, chosen: readonly number[]): ScoreTable {
  const columns = (values: ArrayLike<number>) =>
    Array.from({ length: images }, (_, i) => chosen.map((k) => values[i * classes + k])).flat();
  return scoreTable(columns(scores), columns(targets), { images, classes: chosen.length });
}

/** Scores under which an unknown label is never among the best. */
const amongKnown = ({ scores, targets, images, classes }: ScoreTable): ScoreTable =>
  scoreTable(
    scores.map((score, i) => (targets[i] < 0 ? -Infinity : score)),
    targets,
    { images, classes },
  );

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

export const metricsUnknownKinds: KindRunners = {
  metrics_unknown: {
    withoutEngine: true,
    run: (golden, { fixtures }) => {
      const [images, classes] = golden['shape'];
      const outputs = fixtures.tensor(golden, 'logits').data as Float32Array;
      const targets = Float32Array.from(fixtures.tensor(golden, 'targets').data as Int32Array);
      const table = scoreTable(scoresFromOutputs(outputs, 1), targets, { images, classes });
      const labels = Array.from({ length: classes }, (_, k) => `class ${k}`);
      const report = evaluateScores({ outputs, scale: 1, targets, images, labels });
      const occurring = [...report.positives.keys()].filter((k) => report.positives[k] > 0);
      const areas = areasUnderCurves(table);
      const authors = averagePrecisions(table);
      const known = [...report.known];

      const numbers: Got = {
        AP_sklearn: areas,
        mAP_skip_empty_classes: mean(occurring.map((k) => areas[k])),
        mAP_empty_counts_zero: mean(areas.map((area) => area || 0)),
        AP_eps_stable_reversed: authors.perClass,
        mAP_eps_stable_reversed: authors.mean,
        classes_with_a_known_positive: occurring.length,
        known_of_class: known,
        positives_of_class: report.positives,
        known_an_image: mean(known) * (classes / images),
      };
      const at = (of: ScoreTable, predictions: Uint8Array) => families(precisionRecall(of, predictions));
      const without = ofClasses(table, occurring);
      const blocks: Record<string, Got> = {
        'threshold_0.5': families(report.threshold),
        'threshold_0.5_skip_empty_classes': at(without, predictAtThreshold(without, 0.5)),
        top3_then_drop_unknown: families(report.top3),
        top3_among_known: at(table, predictTop(amongKnown(table), 3)),
      };
      expectBlocks(golden, blocks, numbers);
      // What is shown first: the report's own figures are those of its parts.
      expectClose('mAP', [report.mAP], [authors.mean], {});
      if (!golden['has_tied_scores'])
        expectClose('mAPOccurring', [report.mAPOccurring], [averagePrecisionsSkipEmpty(table).mean], {
          absolute: 1e-8,
        });
    },
  },
};
