import type { LabelVocabulary } from '../labels/label-vocabulary.js';

/** What a network is given: images, or the feature maps that a frozen backbone has made of them. */
export type BatchContent = 'images' | 'feature-maps';

/**
 * One batch, ready for the engine. Shapes: B images, H x W pixels (or cells of a feature map), K labels.
 */
export interface Batch {
  /** [B, H, W, 3], RGB, normalised; of feature maps [B, h, w, channels]. */
  readonly images: Float32Array;
  /** [B, K]: 1 present, 0 absent, soft values between, negative = ignore. */
  readonly targets: Float32Array;
  readonly size: number;
  readonly height: number;
  readonly width: number;
  /** Values at each position. Default 3. */
  readonly channels?: number;
  /** Positions of the images in their data set. */
  readonly indices: Uint32Array;
}

/** Values of one image, or feature map, of a batch. */
export const valuesPerImage = ({
  height,
  width,
  channels = 3,
}: Pick<Batch, 'height' | 'width' | 'channels'>): number => height * width * channels;

/**
 * A data set cut into batches. The content of batch b of epoch e is a pure function of (data set, seed, e, b),
 * so a run can resume in the middle of an epoch.
 */
export interface BatchSource {
  readonly labels: LabelVocabulary;
  /** Default `images`. Of `feature-maps` a model learns and computes its head alone. */
  readonly content?: BatchContent;
  /** Images in the data set. */
  readonly size: number;
  readonly batchesPerEpoch: number;
  /** The batches of an epoch (counted from 0), starting at `fromBatch` (default 0). */
  epoch(epoch: number, options?: { readonly fromBatch?: number }): AsyncIterable<Batch>;
  /** Ends workers and frees memory. */
  close(): Promise<void>;
}
