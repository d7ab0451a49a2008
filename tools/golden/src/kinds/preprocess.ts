import { HALF, IMAGENET, LabelVocabulary, UNIT } from '@polytag/core';
import {
  centreOf,
  cooccurrence,
  normaliser,
  resizeBicubic,
  resizeBilinear,
  resizeImage,
  shortSideSize,
} from '@polytag/datasets';
import { labelAdjacency, normaliseAdjacency } from '@polytag/heads/gcn';
import { tensor2d } from '@tensorflow/tfjs';
import { expectClose, expectSame } from '../compare.js';
import type { GoldenCase } from '../fixtures.js';
import type { GoldenContext, KindRunners } from '../runner.js';

const normalisations = { norm_half: HALF, norm_imagenet: IMAGENET, norm_none: UNIT } as const;

function checkPreprocess(golden: GoldenCase, { fixtures }: GoldenContext): void {
  const { tolerance } = golden;
  const [sourceHeight, sourceWidth] = golden['params'].src;
  const [height, width] = golden['params'].dst;
  const pixels = fixtures.tensor(golden, 'in').data as Uint8Array;
  const image = { pixels, height: sourceHeight, width: sourceWidth };

  const bytes = fixtures.tensor(golden, 'out_u8').data as Uint8Array;
  expectClose(`${golden.id} out_u8`, resizeBilinear(image, { height, width }), bytes, {
    absolute: tolerance.out_u8,
  });
  const floats = fixtures.tensor(golden, 'out_f32').data as Float32Array;
  const ours = resizeBilinear(image, { height, width }, new Float32Array(height * width * 3));
  expectClose(`${golden.id} out_f32`, ours, floats, { absolute: tolerance.out_f32 });

  for (const [role, normalisation] of Object.entries(normalisations)) {
    const expected = fixtures.tensor(golden, role).data as Float32Array;
    const normalised = new Float32Array(height * width * 3);
    // From the expected bytes, as the case was made: the grey level that the resize may differ by is judged above.
    normaliser({ normalisation })(bytes, normalised, 0);
    expectClose(`${golden.id} ${role}`, channelsFirst(normalised), expected, { absolute: tolerance.norm });
  }
}

/** [H, W, 3] -> [3, H, W] */
function channelsFirst(values: Float32Array): Float32Array {
  const area = values.length / 3;
  return values.map((_, i) => values[(i % area) * 3 + Math.floor(i / area)]);
}

/** Resize of the shorter side and crop, as Pillow and torchvision have them. */
function checkBicubic(golden: GoldenCase, { fixtures }: GoldenContext): void {
  const { resize_shorter_side: shortSide, crop, mean, std } = golden['params'];
  const { grey_levels: levels, normalised_abs: absolute } = golden['tolerance'];
  const { shape, data } = fixtures.tensor(golden, 'in');
  const image = { pixels: data as Uint8Array, height: shape[0], width: shape[1] };
  const [height, width] = typeof crop === 'number' ? [crop, crop] : crop;
  const whole = shortSideSize(image, shortSide);
  const offsets = (rule?: 'transformers') => {
    const { top, left } = centreOf(whole, { height, width }, rule);
    return [top, left];
  };
  expectSame('size before the crop', [whole.height, whole.width], golden['params'].resized_to);
  expectSame('place of the crop', offsets(), golden['params'].crop_top_left);
  const floor = golden['params'].crop_top_left_floor_rule;
  if (floor) expectSame("place of the crop by transformers' rule", offsets('transformers'), floor);
  const stored = (role: string) => (golden.tensors![role] ? fixtures.tensor(golden, role).data : undefined);
  const check = (role: string, got: Uint8Array) => {
    const expected = stored(role) as Uint8Array | undefined;
    if (expected) expectClose(role, got, expected, { absolute: levels });
  };
  check('resized', resizeBicubic(image, whole));
  const cropped = resizeImage(image, { height, width, resize: { shortSide } });
  check('cropped', cropped);
  const other = centreOf(whole, { height, width }, 'transformers');
  check('cropped_floor_rule', resizeBicubic(image, whole, other));
  const normalised = new Float32Array(height * width * 3);
  normaliser({ normalisation: { mean, std } })(cropped, normalised, 0);
  const expected = stored('normalised') as Float32Array | undefined;
  if (expected) expectClose('normalised', channelsFirst(normalised), expected, { absolute });
}

async function checkAdjacency(golden: GoldenCase, { fixtures }: GoldenContext): Promise<void> {
  const { num_classes: size, tau, rho } = golden['params'];
  const tolerance = { absolute: golden['tolerance'].abs };
  const expected = (role: string) => fixtures.tensor(golden, role).data as Float64Array | Float32Array;

  const lists: readonly (readonly number[])[] = golden['labels'];
  const measured = cooccurrence({
    labels: new LabelVocabulary(Array.from({ length: size }, (_, i) => i)),
    images: lists.map((labels) => ({ name: '', path: '', labels })),
  });
  expectClose(`${golden.id} cooccurrence`, measured.values, expected('cooccurrence'), tolerance);

  const adjacency = labelAdjacency(measured, { tau, rho });
  expectClose(`${golden.id} A`, adjacency.values, expected('A'), tolerance);
  const withoutRho = labelAdjacency(measured, { tau, rho: 0 });
  expectClose(`${golden.id} A with rho 0`, withoutRho.values, expected('A_when_rho_is_0'), tolerance);

  const normalised = normaliseAdjacency(tensor2d(adjacency.values, [size, size]));
  expectClose(`${golden.id} A_normalised`, await normalised.data(), expected('A_normalised'), tolerance);
  normalised.dispose();
}

export const preprocessKinds: KindRunners = {
  prepare_bicubic: { withoutEngine: true, run: checkBicubic },
  preprocess: { withoutEngine: true, run: checkPreprocess },
  adjacency: { run: checkAdjacency },
};
