import type { LabelVocabulary } from '../labels/label-vocabulary.js';

/** What networks are given: images, or the feature maps that a frozen backbone has made of them. */
export type InputKind = 'images' | 'feature-maps';

/** What a network computes on: B images, or feature maps. */
export interface NetworkInputs {
  /** Row-major values of `shape`: RGB images, normalised; or feature maps. */
  readonly inputs: Float32Array;
  /** [B, height, width, channels]: pixels and 3 colours, or the cells and channels of a feature map. */
  readonly shape: readonly number[];
}

/** Inputs with what a network is to learn of them. K labels. */
export interface Examples extends NetworkInputs {
  /** [B, K]: 1 present, 0 absent, soft values between, negative = ignore. */
  readonly targets: Float32Array;
}

/** One batch, ready for the engine. */
export interface Batch extends Examples {
  /** [B] positions of the images in their data set. */
  readonly indices: Uint32Array;
}

/**
 * A data set cut into batches. The content of batch b of epoch e is a pure function of (data set, seed, e, b),
 * so a run can resume in the middle of an epoch.
 */
export interface BatchSource {
  readonly labels: LabelVocabulary;
  /** What all of its batches hold. Of `feature-maps` a model learns and computes its head alone. */
  readonly kind: InputKind;
  /** Images in the data set. */
  readonly size: number;
  readonly batchesPerEpoch: number;
  /** The batches of an epoch (counted from 0), starting at `fromBatch` (default 0). */
  epoch(epoch: number, options?: { readonly fromBatch?: number }): AsyncIterable<Batch>;
  /** Ends workers and frees memory. */
  close(): Promise<void>;
}
