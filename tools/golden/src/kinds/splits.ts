import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureSplit, readLabelFile, stratifiedSplit } from '@polytag/datasets';
import { expectClose, expectSame, numberOf } from '../compare.js';
import type { GoldenCase } from '../fixtures.js';
import type { KindRunners } from '../runner.js';

/** Real photographs are not in the repository: `data/` at its root leads to them, or the folder that POLYTAG_DATA names. */
const dataFolder =
  process.env['POLYTAG_DATA'] || join(dirname(fileURLToPath(import.meta.url)), '../../../../data');

const SEEDS = 10;

/** The bars of an anchor are the worst of ten runs of a published program and some room: each of ten seeds must hold them. */
async function checkAnchor(golden: GoldenCase): Promise<void> {
  const { images, labels } = await readLabelFile(join(dataFolder, golden['dataset']), {
    missingImages: 'keep',
  });
  const [labelCount, shares]: [number, number[]] = [labels.size, golden['fractions']];
  expectSame('images', images.length, golden['images']);
  const occurring = new Map<number, number>();
  for (const image of images)
    for (const label of new Set(image.labels)) occurring.set(label, (occurring.get(label) ?? 0) + 1);
  for (let seed = 1; seed <= SEEDS; seed++) {
    const parts = stratifiedSplit(images, shares, { seed, labelCount });
    const { LD, LPD, sizes, missing } = measureSplit(images, parts, {
      partCount: shares.length,
      labelCount,
    });
    const deviation = Math.max(...sizes.map((size, j) => Math.abs(size - shares[j] * images.length)));
    const { LD_at_most, LPD_at_most, size_deviation_at_most } = golden['bar'];
    const bars: [string, number, number][] = [
      ['LD', LD, LD_at_most],
      ['LPD', LPD, LPD_at_most],
      ['size deviation', deviation, size_deviation_at_most],
    ];
    for (const [what, value, bar] of bars)
      if (!(value <= bar)) throw new Error(`seed ${seed}: ${what} is ${value}, at most ${bar} is allowed`);
    const avoidable = missing.filter(({ label }) => occurring.get(label)! >= shares.length);
    expectSame(`labels missing in a part, seed ${seed}`, avoidable, []);
  }
}

function checkMeasure(golden: GoldenCase, labels: ArrayLike<number>, folds: ArrayLike<number>): void {
  const labelCount = labels.length / folds.length;
  const images = Array.from(folds, (_, i) => ({
    name: String(i),
    labels: Array.from({ length: labelCount }, (_, k) => k).filter((k) => labels[i * labelCount + k] === 1),
  }));
  const partCount = golden['params'].folds;
  const { LD, LPD, sizes, missing } = measureSplit(images, folds, { partCount, labelCount });
  const { expected, tolerance } = golden;
  expectClose('LD', [LD], [numberOf(expected.LD)], { absolute: tolerance.abs });
  expectClose('LPD', [LPD], [numberOf(expected.LPD)], { absolute: tolerance.abs });
  expectSame('sizes', sizes, expected.sizes);
  expectSame('pairs without a positive', missing.length, expected.fold_label_pairs_without_a_positive);
}

export const splitKinds: KindRunners = {
  split_anchor: {
    withoutEngine: true,
    outOfScope: ({ dataset }) =>
      existsSync(join(dataFolder, dataset))
        ? undefined
        : 'the photographs of split_anchor are not here (POLYTAG_DATA)',
    run: checkAnchor,
  },
  split_measure: {
    withoutEngine: true,
    run: (golden, { fixtures }) =>
      checkMeasure(
        golden,
        fixtures.tensor(golden, 'labels').data as Uint8Array,
        fixtures.tensor(golden, 'folds').data as Uint8Array,
      ),
  },
};
