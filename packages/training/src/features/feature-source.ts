import type { Batch, BatchSource } from '@polytag/core';
import type { BatchPlan } from '@polytag/datasets';
import type { FeatureViews } from './feature-views.js';

/** Batches of cached feature maps: `fit` trains a head on them, `evaluate` scores it. */
export interface FeatureSource extends BatchSource {
  readonly kind: 'feature-maps';
  readonly batchSize: number;
  /** Feature maps that the backbone was run for, and those that were there. */
  readonly computed: number;
  readonly reused: number;
}

/** Feature maps by key. */
export interface FeatureReader {
  /** Copies a map into `into`, from `offset` on. */
  read(key: string, into: Float32Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

export interface FeatureSourceParts {
  readonly plan: BatchPlan;
  /** Which of the views of an image an epoch takes. */
  readonly views: Pick<FeatureViews, 'choose'>;
  readonly keyOf: (view: number, index: number) => string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Batches of feature maps that a store has, in the order of a plan. */
export function featureSource(
  store: FeatureReader,
  { plan, views, keyOf, height, width, channels }: FeatureSourceParts,
  computed: number,
  reused: number,
): FeatureSource {
  const values = height * width * channels;
  async function batch(epoch: number, indices: Uint32Array): Promise<Batch> {
    const inputs = new Float32Array(indices.length * values);
    for (const [row, index] of indices.entries()) {
      await store.read(keyOf(views.choose(epoch, index), index), inputs, row * values);
    }
    return {
      inputs,
      shape: [indices.length, height, width, channels],
      targets: plan.targetsOf(indices),
      indices,
    };
  }
  const { labels, size, batchSize, batchesPerEpoch } = plan;
  return {
    kind: 'feature-maps',
    labels,
    size,
    batchSize,
    batchesPerEpoch,
    computed,
    reused,
    async *epoch(epoch, { fromBatch = 0 } = {}) {
      const indicesOf = plan.batchesOf(epoch);
      for (let b = fromBatch; b < batchesPerEpoch; b++) yield await batch(epoch, indicesOf(b));
    },
    close: () => store.close(),
  };
}
