import { grad, mean, mul, relu, slice, sum, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { HeadHeatMaps } from '@polytag/core';
import type { Network } from '@polytag/layers';
import type { HeatMap } from './heat-map.js';

/** The maps of some labels for a batch: for each of the labels [B, h, w]. */
type MapsOf = (featureMap: Tensor4D, labels: readonly number[]) => Tensor[];

/** The maps that a head gives. */
export function headMaps(heatMaps: Network): MapsOf {
  return (featureMap, labels) =>
    tidy(() => {
      const all = heatMaps.apply(featureMap, { training: false }) as Tensor4D;
      const [batch, height, width] = all.shape;
      return labels.map((label) => slice(all, [0, 0, 0, label], [batch, height, width, 1]));
    });
}

/**
 * Maps of any head (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
 * 2017; docs/method.md#heat-maps): channels of the feature map, weighted by the mean of the output's gradient.
 */
export function gradientMaps(head: Network): MapsOf {
  return (featureMap, labels) =>
    tidy(() =>
      labels.map((label) => {
        const outputOf = (map: Tensor) => {
          const outputs = head.apply(map, { training: false }) as Tensor;
          return sum(slice(outputs, [0, label], [outputs.shape[0], 1]));
        };
        const weights = mean(grad(outputOf)(featureMap), [1, 2], true);
        return relu(sum(mul(featureMap, weights), 3));
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
  readonly mapsOf: MapsOf;
}

/**
 * Heat maps for the images of a batch.
 *
 * @param featureMap [B, h, w, C]; stays the caller's
 */
export async function explainBatch(
  featureMap: Tensor4D,
  { names, scores, wanted, kind, mapsOf }: ExplainBatchOptions,
): Promise<HeatMap[][]> {
  const labels = [...new Set(wanted.flat())];
  const [, height, width] = featureMap.shape;
  const maps = mapsOf(featureMap, labels);
  const values = await Promise.all(maps.map((map) => map.data<'float32'>())).finally(() =>
    maps.forEach((map) => map.dispose()),
  );
  const cells = height * width;
  return wanted.map((those, image) =>
    those.map((label) => ({
      label: names[label],
      score: scores[image][label],
      kind,
      height,
      width,
      values: values[labels.indexOf(label)].slice(image * cells, (image + 1) * cells),
    })),
  );
}
