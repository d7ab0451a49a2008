import { DivergenceError, InterruptedError, PartError, printable } from '@polytag/core';
import { decodeViews, type LabelledDataset } from '@polytag/datasets';
import { InferenceNetwork } from '@polytag/layers';
import { ownTitle, type MultiLabelModel } from '@polytag/model';
import { featureMapsOf } from './feature-maps.js';
import type { FeatureStore } from './feature-store.js';
import type { FeatureView } from './feature-views.js';
import type { FeaturesEvent } from './features-event.js';

export interface ComputeFeaturesOptions {
  readonly views: readonly FeatureView[];
  readonly keyOf: (view: number, index: number) => string;
  readonly store: FeatureStore;
  /** Maps that are not in the store. */
  readonly missing: number;
  readonly maxPixels?: number;
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly report?: (event: FeaturesEvent) => void;
}

/** Pixels that the backbone is given at once: 32 images of 224 x 224. */
const PIXELS = 32 * 224 ** 2;

/**
 * Runs the backbone for all views that are not in the store, and adds them. The engine works on one batch while others
 * are decoded.
 */
export async function computeFeatures(
  model: MultiLabelModel,
  dataset: LabelledDataset,
  options: ComputeFeaturesOptions,
): Promise<void> {
  const { views, keyOf, store, missing, maxPixels, workers, signal, report } = options;
  if (missing === 0) return;
  const { preprocessing } = model;
  const backbone = new InferenceNetwork(model.headInputs);
  const pixels = preprocessing.height * preprocessing.width;
  const start = performance.now();
  let done = 0;
  try {
    for (const [group, indices] of missingViews(dataset, options)) {
      const batches = decodeViews(dataset, indices, {
        preprocessing,
        maxPixels,
        workers,
        views: group.map((v) => views[v].augmentation),
        batchSize: Math.max(1, Math.floor(PIXELS / pixels / group.length)),
      });
      for await (const batch of batches) {
        if (signal?.aborted)
          throw new InterruptedError('training/interrupted', 'Computing features was stopped.', {
            hint: 'Run the same command again: computed features are kept.',
          });
        const maps = await featureMapsOf(backbone, batch.images, model);
        for (const [i, map] of maps.entries()) {
          const [v, index] = [
            group[Math.floor(i / batch.indices.length)],
            batch.indices[i % batch.indices.length],
          ];
          if (map.some(Number.isNaN))
            throw notNumbers(dataset.images[index].path, ownTitle(model, ['backbone']));
          await store.add(keyOf(v, index), map);
        }
        done += maps.length;
        const seconds = (performance.now() - start) / 1000;
        const rate = done / seconds;
        report?.({
          kind: 'computing',
          done,
          total: missing,
          mapsPerSecond: rate,
          secondsLeft: (missing - done) / rate,
        });
      }
    }
  } finally {
    backbone.dispose();
    // Also what an image that cannot be read has cut off is kept.
    await store.flush();
  }
}

/** @param own title of the backbone, if it is the user's */
function notNumbers(image: string, own: string | undefined): DivergenceError | PartError {
  if (own !== undefined) {
    return new PartError('part/not-finite', `The ${own} outputs NaN for ${printable(image, 400)}.`, {
      hint: 'Check logarithms, roots and divisions there. Weights that are too large also give NaN.',
    });
  }
  return new DivergenceError(
    'training/features-not-a-number',
    `The backbone outputs NaN for ${printable(image, 400)}.`,
    {
      hint: 'Its weights contain NaN or are too large. Check --set model.weights=FILE and --set data.normalisation=NAME.',
    },
  );
}

/** The images that lack the same views, together; each content once. */
function missingViews(
  { images }: LabelledDataset,
  { views, keyOf, store }: ComputeFeaturesOptions,
): [views: number[], indices: Uint32Array][] {
  const seen = new Set<string>();
  const groups = new Map<string, { lacking: number[]; indices: number[] }>();
  for (const index of images.keys()) {
    const lacking = [...views.keys()].filter((v) => {
      const key = keyOf(v, index);
      return !store.has(key) && !seen.has(key) && seen.add(key);
    });
    if (lacking.length === 0) continue;
    const group = groups.get(String(lacking)) ?? { lacking, indices: [] };
    group.indices.push(index);
    groups.set(String(lacking), group);
  }
  return [...groups.values()].map(({ lacking, indices }) => [lacking, Uint32Array.from(indices)]);
}
