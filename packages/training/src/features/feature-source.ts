import { builtInSource, type Batch, type BatchSource } from '@polytag/core';
import type { BatchPlan, PlannedBatch } from '@polytag/datasets';
import type { FeatureViews } from './feature-views.js';

/** Batches of cached feature maps, for `fit` and `evaluate`. */
export interface FeatureSource extends BatchSource {
  readonly kind: 'feature-maps';
  readonly batchSize: number;
  /** Number of feature maps that were computed, and that were found in the cache. */
  readonly computed: number;
  readonly reused: number;
}

/** Reads feature maps by key. */
export interface FeatureReader {
  /** Copies a map into `into`, starting at `offset`. */
  read(key: string, into: Float32Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

export interface FeatureSourceParts {
  readonly plan: BatchPlan;
  /** Selects the view of an image for an epoch. */
  readonly views: Pick<FeatureViews, 'choose'>;
  readonly keyOf: (view: number, index: number) => string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Batches of stored feature maps, in the order of a plan. */
export function featureSource(
  store: FeatureReader,
  { plan, views, keyOf, height, width, channels }: FeatureSourceParts,
  computed: number,
  reused: number,
): FeatureSource {
  const values = height * width * channels;
  async function batch(epoch: number, { indices, part }: PlannedBatch): Promise<Batch> {
    const inputs = new Float32Array(indices.length * values);
    for (const [row, index] of indices.entries()) {
      await store.read(keyOf(views.choose(epoch, index), index), inputs, row * values);
    }
    return {
      inputs,
      shape: [indices.length, height, width, channels],
      targets: plan.targetsOf(indices),
      indices,
      ...(part && { part }),
    };
  }
  const { labels, size, batchSize, batchesPerEpoch } = plan;
  return builtInSource({
    kind: 'feature-maps',
    labels,
    size,
    batchSize,
    batchesPerEpoch,
    computed,
    reused,
    async *epoch(epoch, { fromBatch = 0 } = {}) {
      const planned = plan.batchesOf(epoch);
      for (let b = fromBatch; b < batchesPerEpoch; b++) yield await batch(epoch, planned(b));
    },
    close: () => store.close(),
  });
}
