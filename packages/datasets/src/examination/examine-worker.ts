import { workerData } from 'piscina';
import { DataError } from '@polytag/core';
import { fingerprintOf, type Fingerprint } from '../duplicates/fingerprint.js';
import { withImage, type DecodeOptions } from '../images/decode-image.js';
import { useLargeImageLock } from '../images/large-image-lock.js';
import { refusalOf, type Refusal } from '../loader/bad-image.js';
import { imageFacts, type ImageFacts } from './image-facts.js';

useLargeImageLock(workerData as SharedArrayBuffer | undefined);

/** What an examining thread gets. */
export interface ExamineRequest extends DecodeOptions {
  readonly paths: readonly string[];
}

/** Result for a usable image. */
export interface ExaminedImage {
  readonly fingerprint: Fingerprint;
  readonly facts: ImageFacts;
}

/** What an examining thread tells of an image: what it found, or why the image cannot be used. */
export type Examined = ExaminedImage | { readonly refusal: Refusal };

/** The entry of an examining thread: decodes images and tells what was found of each. */
export default function examine({ paths, maxPixels }: ExamineRequest): Promise<Examined[]> {
  return Promise.all(
    paths.map(async (path): Promise<Examined> => {
      try {
        return await withImage(path, { maxPixels }, (image, bytes) => ({
          fingerprint: fingerprintOf(image, bytes),
          facts: imageFacts(image, bytes),
        }));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        return { refusal: refusalOf(error) };
      }
    }),
  );
}
