import {
  confidentJoint,
  givenLabels,
  imageIssues,
  imageScores,
  ISSUE_FILTERS,
  labelIssues,
  labelScores,
  scoreTable,
  type ImageScoreOptions,
  type IssueFilter,
  type LabelScoreMethod,
  type ScoreTable,
} from '@polytag/metrics';
import { expectClose, expectSame } from '../compare.js';
import type { GoldenCase } from '../fixtures.js';
import type { GoldenContext, KindRunners } from '../runner.js';

/** What a case says of a filter. */
interface ExpectedFilter {
  /** The original raises an error. */
  readonly reference_refuses?: string;
  readonly images: readonly number[];
  readonly ranked_by: Readonly<Record<string, readonly number[]>>;
  readonly per_class_ranked_by_self_confidence: readonly (readonly number[])[];
}

/** The manifest writes our names with underscores. */
const named = (name: string) => name.replaceAll('_', '-');

const IMAGE_SCORES: Readonly<Record<string, ImageScoreOptions>> = {
  'ema_0.8': {},
  ema_default_alpha: { alpha: null },
  'softmin_0.1': { method: 'softmin' },
};

function checkScores(golden: GoldenCase, { fixtures }: GoldenContext, table: ScoreTable): void {
  const roles = Object.keys(golden.tensors!).filter((role) => /^(scores|image_score)/.test(role));
  for (const role of roles) {
    const [block, ...rest] = role.split('/');
    const method = named(rest.at(-1)!) as LabelScoreMethod;
    const scores = labelScores(table, { method, adjusted: block === 'scores_adjusted' });
    const got = block === 'image_score' ? imageScores(scores, table.classes, IMAGE_SCORES[rest[0]]) : scores;
    const expected = fixtures.tensor(golden, role).data as Float64Array;
    expectClose(`${golden.id} ${role}`, got, expected, { absolute: golden['tolerance'].scores_abs });
  }
}

function checkJoints(golden: GoldenCase, table: ScoreTable): void {
  const { expected } = golden;
  const joints = Array.from(givenLabels(table), confidentJoint);
  const thresholds = joints.flatMap((joint) => joint.thresholds);
  expectClose(`${golden.id} thresholds`, thresholds, expected.thresholds.flat(), { relative: 1e-9 });
  expectSame(
    'confident joint',
    joints.map(({ counts }) => counts),
    expected.confident_joint,
  );
  expectSame(
    'calibrated joint',
    joints.map(({ calibrated }) => calibrated),
    expected.confident_joint_calibrated,
  );
}

function checkFilter(
  golden: GoldenCase,
  { fixtures }: GoldenContext,
  table: ScoreTable,
  name: string,
  expected: ExpectedFilter,
): void {
  const { frac_noise: fracNoise, min_examples_per_class: minExamples } = golden['params'];
  const filter = named(name) as IssueFilter;
  if (!ISSUE_FILTERS.includes(filter)) throw new Error(`no filter is known as "${name}"`);
  const options = { filter, fracNoise, minExamples };
  const { mask } = labelIssues(table, options);
  if (expected.reference_refuses) return;
  expectSame(`${name}: mask`, [...mask], [...fixtures.tensor(golden, `issues/${name}`).data]);

  const found = [...imageIssues(table, options).entries()].flatMap(([image, flag]) => (flag ? [image] : []));
  expectSame(`${name}: images`, found, expected.images);
  for (const [by, images] of Object.entries(expected.ranked_by)) {
    const scores = imageScores(labelScores(table, { method: named(by) as LabelScoreMethod }), table.classes);
    expectSame(`${name}: ranked by ${by}`, sortedBy(found, scores), images);
  }
  const selfConfidence = labelScores(table);
  expected.per_class_ranked_by_self_confidence.forEach((images, k) => {
    const ofLabel = Float64Array.from(
      { length: table.images },
      (_, image) => selfConfidence[image * table.classes + k],
    );
    const flagged = [...ofLabel.keys()].filter((image) => mask[image * table.classes + k]);
    expectSame(`${name}: label ${k}`, sortedBy(flagged, ofLabel), images);
  });
}

const sortedBy = (images: readonly number[], scores: Float64Array) =>
  images.toSorted((a, b) => scores[a] - scores[b]);

export const labelIssueKinds: KindRunners = {
  label_issues: {
    withoutEngine: true,
    run: (golden, context) => {
      const { images, classes } = golden['params'];
      const [scores, labels] = ['probabilities', 'labels'].map(
        (role) => context.fixtures.tensor(golden, role).data as Float32Array,
      );
      const table = scoreTable(scores, labels, { images, classes });
      checkScores(golden, context, table);
      checkJoints(golden, table);
      const { filters, images_worst_first: worstFirst } = golden['expected'];
      expectSame(
        'worst first',
        sortedBy([...Array(images).keys()], imageScores(labelScores(table), classes)),
        worstFirst,
      );
      for (const [name, expected] of Object.entries<ExpectedFilter>(filters)) {
        checkFilter(golden, context, table, name, expected);
      }
    },
  },
};
