import type { DataError, Preprocessing } from '@polytag/core';
import { errorOf } from './bad-image.js';
import { batchDecoder } from './batch-decoder.js';
import { pixelCache } from './pixel-cache.js';
import { withoutRefused } from './without-refused.js';

export interface ImageDecoderOptions {
  readonly preprocessing: Preprocessing;
  /** Threads that decode; see `LoaderOptions`. Default 1. */
  readonly workers?: number;
  /** The most pixels an image may have; see `DecodeOptions`. */
  readonly maxPixels?: number;
}

/** Some photographs, ready for a network. */
export interface DecodedImages {
  /** Of each: why it cannot be used, or undefined where it can. */
  readonly errors: readonly (DataError | undefined)[];
  /** [U, H, W, 3]: those that can be used, resized and normalised, in their order. */
  readonly images: Float32Array;
}

/** Decodes photographs for a network, on threads of its own. */
export interface ImageDecoder {
  /** Threads that decode; 0 means this one. */
  readonly workers: number;
  /**
   * The images of one call are decoded by one thread; ask for as many calls at once as you like.
   *
   * @param files a file each: its path, or its bytes
   */
  decode(files: readonly (string | Uint8Array)[]): Promise<DecodedImages>;
  /** Waits for what is being decoded, then ends the threads. */
  close(): Promise<void>;
}

/** Open it once and close it: its threads start with it. */
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
