import type { DataError, Preprocessing } from '@polytag/core';
import { errorOf } from './bad-image.js';
import { batchDecoder } from './batch-decoder.js';
import { pixelCache } from './pixel-cache.js';
import { withoutRefused } from './without-refused.js';

export interface ImageDecoderOptions {
  readonly preprocessing: Preprocessing;
  /** Number of decoding threads; see `LoaderOptions`. Default 1. */
  readonly workers?: number;
  /** Maximum number of pixels of an image; see `DecodeOptions`. */
  readonly maxPixels?: number;
}

/** Photographs ready for a network. */
export interface DecodedImages {
  /** For each image the reason why it is unusable, or undefined. */
  readonly errors: readonly (DataError | undefined)[];
  /** [U, H, W, 3]: the usable images, resized and normalised, in order. */
  readonly images: Float32Array;
}

/** Decodes photographs for a network on its own threads. */
export interface ImageDecoder {
  /** Number of decoding threads; 0 means this thread. */
  readonly workers: number;
  /**
   * Decodes images on one thread. Call it as often as you like at the same time.
   *
   * @param files path or bytes of each file
   */
  decode(files: readonly (string | Uint8Array)[]): Promise<DecodedImages>;
  /** Waits for pending images, then stops the threads. */
  close(): Promise<void>;
}

/** Opens a decoder and starts its threads. Close it afterwards. */
export function imageDecoder({ preprocessing, workers = 1, maxPixels }: ImageDecoderOptions): ImageDecoder {
  const decoder = batchDecoder(workers);
  const nothingKept = pixelCache(0, preprocessing.height * preprocessing.width * 3, 0);
  return {
    workers: decoder.workers,
    async decode(files) {
      const indices = Uint32Array.from(files.keys());
      const request = { indices, files, preprocessing, views: [undefined], cache: nothingKept, maxPixels };
      const decoded = await decoder.decode({ ...request, skipBad: true });
      const errors: (DataError | undefined)[] = files.map(() => undefined);
      for (const refusal of decoded.refused) errors[refusal.position] = errorOf(refusal);
      return { errors, images: withoutRefused(indices, decoded, 1).images };
    },
    close: () => decoder.close(),
  };
}
