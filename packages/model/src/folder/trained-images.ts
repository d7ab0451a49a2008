import { CheckpointError } from '@polytag/core';
import * as z from 'zod';

/** Digests that a model keeps, the lowest: 133 kB. As digests are spread evenly, they are a sample of all images. */
const MOST = 20_000;
/** Bytes of a digest. */
const BYTES = 5;

/** `training_images.json`: how many images the model learned from, and digests of them, ascending, in base64. */
export const trainedImagesSchema = z.object({
  images: z.int().min(0),
  digests: z.base64(),
});

/** What is known of the images that a model was trained on. */
export interface KnownTraining {
  /** The images, by content, if known. Saved with the model. */
  readonly trainedOn?: TrainedImages;
  /** Why the list of training images in the model folder cannot be read, if it is damaged. */
  readonly trainedOnError?: CheckpointError;
}

/**
 * Digests of the images that a model was trained on, to recognise them by content. They do not reveal the images. Of
 * very many images, only a sample is kept.
 */
export class TrainedImages {
  private constructor(
    /** How many there were. */
    readonly images: number,
    /** Ascending, each once. */
    private readonly digests: readonly number[],
  ) {}

  /**
   * @param digests digests of the images, whole numbers below 2^40: `contentDigests` of @polytag/datasets
   */
  static of(digests: readonly number[]): TrainedImages {
    const different = [...new Set(digests)].sort((a, b) => a - b);
    return new TrainedImages(digests.length, different.slice(0, MOST));
  }

  /**
   * Counts how many of some images the model was trained on.
   *
   * @param digests digests of the images
   * @returns `of`: how many could be checked; all of them unless the model was trained on more than 20,000 images
   */
  count(digests: readonly number[]): { readonly among: number; readonly of: number } {
    const known = new Set(this.digests);
    const last = known.size < MOST ? Infinity : (this.digests.at(-1) ?? Infinity);
    const told = digests.filter((digest) => digest <= last);
    return { among: told.filter((digest) => known.has(digest)).length, of: told.length };
  }

  /** Content of the file training_images.json. */
  toFile(): z.output<typeof trainedImagesSchema> {
    let text = '';
    for (const digest of this.digests)
      for (let byte = BYTES - 1; byte >= 0; byte--)
        text += String.fromCharCode(Math.floor(digest / 256 ** byte) % 256);
    return { images: this.images, digests: btoa(text) };
  }

  /**
   * @throws CheckpointError `checkpoint/config` if digests are damaged
   */
  static fromFile({ images, digests }: z.output<typeof trainedImagesSchema>, source: string): TrainedImages {
    const text = atob(digests);
    if (text.length % BYTES !== 0) {
      throw new CheckpointError('checkpoint/config', `${source}: "digests" is incomplete.`, {
        hint: 'Remove the file: the model works without it, but no longer recognises its training images.',
      });
    }
    const found = Array.from({ length: text.length / BYTES }, (_, i) => {
      let digest = 0;
      for (let byte = 0; byte < BYTES; byte++) digest = 256 * digest + text.charCodeAt(BYTES * i + byte);
      return digest;
    });
    return new TrainedImages(images, found);
  }
}
