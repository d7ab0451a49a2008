import type { LabelVocabulary } from '../labels/label-vocabulary.js';

/** One decoded, normalised batch, ready for the engine. Shapes: B images, H x W pixels, K labels. */
export interface Batch {
  /** [B, H, W, 3], RGB, normalised. */
  readonly images: Float32Array;
  /** [B, K]: 1 present, 0 absent, soft values between, negative = ignore. */
  readonly targets: Float32Array;
  readonly size: number;
  readonly height: number;
  readonly width: number;
  /** Positions of the images in their data set. */
  readonly indices: Uint32Array;
}

/**
 * A data set cut into batches. The content of batch b of epoch e is a pure function of (data set, seed, e, b),
 * so a run can resume in the middle of an epoch.
 */
export interface BatchSource {
  readonly labels: LabelVocabulary;
  /** Images in the data set. */
  readonly size: number;
  readonly batchesPerEpoch: number;
  /** The batches of an epoch (counted from 0), starting at `fromBatch` (default 0). */
  epoch(epoch: number, options?: { readonly fromBatch?: number }): AsyncIterable<Batch>;
  /** Ends workers and frees memory. */
  close(): Promise<void>;
}
