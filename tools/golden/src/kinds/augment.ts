import { RandomStream } from '@polytag/core';
import {
  augmentationSchema,
  cutoutArea,
  RAND_AUGMENT_OPERATIONS,
  type RandAugmentOperation,
} from '@polytag/datasets';
import { expectClose } from '../compare.js';
import type { GoldenCase } from '../fixtures.js';
import type { GoldenContext, KindRunners } from '../runner.js';

const operations: Readonly<Record<string, RandAugmentOperation>> = RAND_AUGMENT_OPERATIONS;

function checkOperation(golden: GoldenCase, { fixtures }: GoldenContext): void {
  const { op, magnitude, sign } = golden['params'];
  const { max_level: level, fraction_of_pixels_beyond: allowed } = golden['tolerance'];
  const { shape, data } = fixtures.tensor(golden, 'in');
  const [height, width] = shape;
  const image = { pixels: data as Uint8Array, height, width };
  const ours = operations[op].apply(image, sign * magnitude, new RandomStream(0)).pixels;
  const expected = fixtures.tensor(golden, 'out').data as Uint8Array;
  if (ours.length !== expected.length)
    throw new Error(`${golden.id}: ${ours.length} levels, expected ${expected.length}`);
  let beyond = 0;
  for (let at = 0; at < expected.length; at += 3) {
    const differs = [0, 1, 2].some((c) => Math.abs(ours[at + c] - expected[at + c]) > level);
    if (differs) beyond++;
  }
  const fraction = beyond / (height * width);
  if (!(fraction <= allowed)) {
    throw new Error(
      `${golden.id}: ${fraction} of the pixels differ by more than ${level}, allowed ${allowed}`,
    );
  }
}

function checkTable(golden: GoldenCase): void {
  const table: Readonly<Record<string, readonly number[]>> = golden['table'];
  for (const [name, magnitudes] of Object.entries(table)) {
    expectClose(`${golden.id} ${name}`, operations[name].magnitudes, magnitudes, { relative: 1e-9 });
  }
  const { randAugment } = augmentationSchema.parse({ randAugment: true });
  const ours = {
    operations: randAugment && randAugment.operations,
    probability: randAugment && randAugment.probability,
    draws: randAugment && randAugment.draws,
  };
  const expected = {
    operations: golden['ops_in_policy_order'],
    probability: golden['apply_probability'],
    draws: golden['ops_per_image'],
  };
  if (JSON.stringify(ours) !== JSON.stringify(expected)) {
    throw new Error(`${golden.id}: ${JSON.stringify(ours)}, expected ${JSON.stringify(expected)}`);
  }
}

function checkCutout(golden: GoldenCase): void {
  const {
    width,
    height,
    cutout_factor: factor,
    centre_first_draw: y,
    centre_second_draw: x,
  } = golden['params'];
  const { left, top, right, bottom } = cutoutArea({ height, width }, factor, { y, x });
  const { x_min, x_max, y_min, y_max } = golden['filled'];
  expectClose(`${golden.id} filled`, [left, right - 1, top, bottom - 1], [x_min, x_max, y_min, y_max], {});
}

export const augmentKinds: KindRunners = {
  augment_op: { withoutEngine: true, run: checkOperation },
  augment_table: { withoutEngine: true, run: checkTable },
  cutout: { withoutEngine: true, run: checkCutout },
};
