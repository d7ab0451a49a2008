import { HALF, IMAGENET, LabelVocabulary, UNIT } from '@polytag/core';
import { cooccurrence, normaliser, resizeBilinear } from '@polytag/datasets';
import { labelAdjacency, normaliseAdjacency } from '@polytag/heads/gcn';
import { tensor2d } from '@tensorflow/tfjs';
import { expectClose } from '../compare.js';
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
  preprocess: { withoutEngine: true, run: checkPreprocess },
  adjacency: { run: checkAdjacency },
};
