import { grad, mean, mul, relu, slice, sum, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { HeadHeatMaps } from '@polytag/core';
import type { Network } from '@polytag/layers';
import type { HeatMap } from './heat-map.js';

/** The maps of some labels for a batch of what the head reads: for each of the labels [B, h, w]. */
type MapsOf = (headInputs: Tensor4D, labels: readonly number[]) => Tensor[];

/** The maps that a head gives. */
export function headMaps(heatMaps: Network): MapsOf {
  return (headInputs, labels) =>
    tidy(() => {
      const all = heatMaps.apply(headInputs, { training: false }) as Tensor4D;
      const [batch, height, width] = all.shape;
      return labels.map((label) => slice(all, [0, 0, 0, label], [batch, height, width, 1]));
    });
}

/**
 * Maps of any head (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
 * 2017; docs/method.md#heat-maps): channels of the feature map, weighted by the mean of the output's gradient.
 *
 * @param height of the feature map: what the head reads may have rows above it; null: it has none
 */
export function gradientMaps(head: Network, height: number | null): MapsOf {
  return (headInputs, labels) =>
    tidy(() =>
      labels.map((label) => {
        const outputOf = (map: Tensor) => {
          const outputs = head.apply(map, { training: false }) as Tensor;
          return sum(slice(outputs, [0, label], [outputs.shape[0], 1]));
        };
        const cells = (x: Tensor) => slice(x, [0, height === null ? 0 : x.shape[1]! - height, 0, 0]);
        const weights = mean(cells(grad(outputOf)(headInputs)), [1, 2], true);
        return relu(sum(mul(cells(headInputs), weights), 3));
      }),
    );
}

export interface ExplainBatchOptions {
  /** Names of the labels, in the order of the outputs. */
  readonly names: readonly string[];
  /** Of each image, probabilities by label. */
  readonly scores: readonly ArrayLike<number>[];
  /** Of each image, the labels that maps are wanted of. */
  readonly wanted: readonly (readonly number[])[];
  readonly kind: HeadHeatMaps['kind'] | 'gradients';
  readonly crop?: HeatMap['crop'];
  readonly mapsOf: MapsOf;
}

/**
 * Heat maps for the images of a batch.
 *
 * @param headInputs what the head reads; stays the caller's
 */
export async function explainBatch(
  headInputs: Tensor4D,
  { names, scores, wanted, kind, crop, mapsOf }: ExplainBatchOptions,
): Promise<HeatMap[][]> {
  const labels = [...new Set(wanted.flat())];
  if (labels.length === 0) return wanted.map(() => []);
  const maps = mapsOf(headInputs, labels);
  const [, height, width] = maps[0].shape as number[];
  const values = await Promise.all(maps.map((map) => map.data<'float32'>())).finally(() =>
    maps.forEach((map) => map.dispose()),
  );
  const cells = height * width;
  return wanted.map((those, image) =>
    those.map((label) => ({
      label: names[label],
      score: scores[image][label],
      kind,
      ...(crop && { crop }),
      height,
      width,
      values: values[labels.indexOf(label)].slice(image * cells, (image + 1) * cells),
    })),
  );
}
