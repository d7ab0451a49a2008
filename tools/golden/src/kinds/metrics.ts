import {
  authorsPerImage,
  authorsThresholds,
  averagePrecisions,
  averagePrecisionsSkipEmpty,
  bestThresholds,
  evaluateScores,
  exactMatch,
  precisionRecall,
  predictAtThreshold,
  predictTop,
  scoresFromOutputs,
  scoreTable,
  type AuthorsPerImage,
  type PrecisionRecall,
  type ScoreTable,
} from '@polytag/metrics';
import { expectClose, numberOf } from '../compare.js';
import type { GoldenCase } from '../fixtures.js';
import type { KindRunners } from '../runner.js';

type Expected = Readonly<Record<string, number | string | readonly (number | string)[]>>;

/** Names of the manifest -> what we got. */
export type Got = Readonly<Record<string, number | ArrayLike<number>>>;

export const families = (m: PrecisionRecall): Got => ({
  CP: m.CP,
  CR: m.CR,
  CF1: m.CF1,
  CF1_mean_of_classes: m.CF1MeanOfClasses,
  OP: m.OP,
  OR: m.OR,
  OF1: m.OF1,
});

const perImage = (m: AuthorsPerImage): Got => ({
  mean_p_samples: m.precision,
  mean_r_samples: m.recall,
  mean_f_samples: m.f1,
  OP: m.OP,
  OR: m.OR,
  OF1: m.OF1,
});

/** Every expected number must have been computed: a name we do not know fails the case. */
function expectNamed(what: string, got: Got, expected: Expected, absolute: number): void {
  for (const [name, value] of Object.entries(expected)) {
    const ours = got[name];
    if (ours === undefined) throw new Error(`${what}: nothing computes "${name}"`);
    const values = [value].flat().map(numberOf);
    expectClose(`${what} ${name}`, typeof ours === 'number' ? [ours] : ours, values, { absolute });
  }
}

/**
 * Holds what a case expects to what we got, single numbers and blocks of them.
 *
 * @param blocks by the name of the block
 */
export function expectBlocks(
  { id, expected, tolerance }: GoldenCase,
  blocks: Readonly<Record<string, Got>>,
  numbers: Got,
): void {
  for (const [name, value] of Object.entries<Expected>(expected)) {
    const block = blocks[name];
    if (block) expectNamed(`${id} ${name}`, block, value, tolerance.abs);
    else expectNamed(id, numbers, { [name]: value } as unknown as Expected, tolerance.abs);
  }
}

function checkMetrics(golden: GoldenCase, table: ScoreTable): void {
  const { expected } = golden;
  const at = (predictions: Uint8Array) => families(precisionRecall(table, predictions));

  const authors = averagePrecisions(table);
  const earlier = averagePrecisions(table, 'earlier-first');
  const skipEmpty = averagePrecisionsSkipEmpty(table);
  const best = bestThresholds(table, { withoutPositives: 'lowest-score' });
  const theirs = authorsThresholds(table);
  const half = predictAtThreshold(table, 0.5);

  const blocks: Readonly<Record<string, Got>> = {
    reference: {
      ...perImage(authorsPerImage(table, half)),
      // Beyond 16 images the authors' order among equal scores is that of an unstable sort.
      mAP: golden['tie_order_exact_in_reference'] ? authors.mean : numberOf(expected.reference.mAP),
    },
    'threshold_0.5': at(half),
    top3: at(predictTop(table, 3)),
    'top3_and_score_ge_0.5': at(predictTop(table, 3, 0.5)),
    reference_with_tuned: perImage(authorsPerImage(table, predictAtThreshold(table, theirs, 'above'))),
    nan_safe_tuned_score_ge_threshold: at(predictAtThreshold(table, best.thresholds, 'at-least')),
  };
  const numbers: Got = {
    AP_eps_stable_reversed: authors.perClass,
    mAP_eps_stable_reversed: authors.mean,
    AP_eps_stable_desc: earlier.perClass,
    mAP_eps_stable_desc: earlier.mean,
    mAP_optimistic_ties: averagePrecisions(table, 'positives-first').mean,
    mAP_pessimistic_ties: averagePrecisions(table, 'negatives-first').mean,
    AP_skip_empty: skipEmpty.perClass,
    mAP_skip_empty_classes: skipEmpty.mean,
    thresholds_reference: theirs,
    thresholds_nan_safe: best.thresholds,
    best_f1_at_threshold: best.f1,
  };
  expectBlocks(golden, blocks, numbers);
}

/** The one-call report must say the same as its parts. */
function checkEvaluation(golden: GoldenCase, logits: ArrayLike<number>, targets: ArrayLike<number>): void {
  const absolute = golden['tolerance'].abs;
  const { expected } = golden;
  const [images, classes] = golden['shape'];
  const labels = Array.from({ length: classes }, (_, k) => `class ${k}`);
  const thresholds = expected.thresholds_nan_safe.map(numberOf);
  const report = evaluateScores({ outputs: logits, scale: 1, targets, images, labels, thresholds });
  const numbers: Got = {
    AP_eps_stable_reversed: report.averagePrecision,
    mAP_eps_stable_reversed: report.mAP,
  };
  for (const name of Object.keys(numbers)) {
    expectNamed(`${golden.id} evaluateScores`, numbers, { [name]: expected[name] }, absolute);
  }
  expectNamed(
    `${golden.id} evaluateScores threshold`,
    families(report.threshold),
    expected['threshold_0.5'],
    absolute,
  );
  expectNamed(`${golden.id} evaluateScores top3`, families(report.top3), expected.top3, absolute);
  expectNamed(
    `${golden.id} evaluateScores top3AtLeastHalf`,
    families(report.top3AtLeastHalf),
    expected['top3_and_score_ge_0.5'],
    absolute,
  );
}

export const metricKinds: KindRunners = {
  metrics: {
    withoutEngine: true,
    run: (golden, { fixtures }) => {
      const [images, classes] = golden['shape'];
      const logits = fixtures.tensor(golden, 'logits').data as Float32Array;
      const targets = fixtures.tensor(golden, 'targets').data as Uint8Array;
      checkMetrics(golden, scoreTable(scoresFromOutputs(logits, 1), targets, { images, classes }));
      checkEvaluation(golden, logits, targets);
    },
  },
  exact_match: {
    withoutEngine: true,
    run: (golden) => {
      const logits: readonly (readonly number[])[] = golden['logits'];
      const targets: readonly (readonly number[])[] = golden['targets'];
      const shape = { images: logits.length, classes: logits[0].length };
      const table = scoreTable(scoresFromOutputs(logits.flat(), 1), targets.flat(), shape);
      expectClose(
        golden.id,
        [exactMatch(table, predictAtThreshold(table, 0.5))],
        [numberOf(golden['value'])],
        {
          relative: golden['tolerance']?.rel ?? 1e-9,
        },
      );
    },
  },
};
