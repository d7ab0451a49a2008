import type { LabelVocabulary } from '../labels/label-vocabulary.js';

/** Input of a network: images, or feature maps computed by a frozen backbone. */
export type InputKind = 'images' | 'feature-maps';

/** A batch of network inputs: B images or feature maps. */
export interface NetworkInputs {
  /** Row-major values of shape `shape`: normalised RGB images, or feature maps. */
  readonly inputs: Float32Array;
  /** [B, height, width, channels]: pixels and 3 colours, or cells and channels of a feature map. */
  readonly shape: readonly number[];
}

/** Inputs with their targets, for K labels. */
export interface Examples extends NetworkInputs {
  /** [B, K]: 1 present, 0 absent, values between are soft targets, negative values are ignored. */
  readonly targets: Float32Array;
  /** Of a share of a larger batch, the rest of which other machines learn from: what it is a part of. */
  readonly part?: BatchPart;
}

/** A larger batch, as its share has it. */
export interface BatchPart {
  /** Images of the larger batch. */
  readonly images: number;
  /** Its targets that are not below 0. */
  readonly known: number;
  /** Its images before the share. */
  readonly before: number;
}

/** One batch of a data set. */
export interface Batch extends Examples {
  /** [B] positions of the images in the data set. */
  readonly indices: Uint32Array;
}

/**
 * A data set in batches. Batch b of epoch e depends only on (data set, seed, e, b), so a run can resume in the middle
 * of an epoch.
 */
export interface BatchSource {
  readonly labels: LabelVocabulary;
  /** What the batches contain. With `feature-maps`, only the head is trained and computed. */
  readonly kind: InputKind;
  /** Number of images in the data set. */
  readonly size: number;
  readonly batchesPerEpoch: number;
  /** The batches of an epoch, counted from 0, starting at `fromBatch` (default 0). */
  epoch(epoch: number, options?: { readonly fromBatch?: number }): AsyncIterable<Batch>;
  /** Stops workers and frees memory. */
  close(): Promise<void>;
}
