import { DataError } from '@polytag/core';
import { fingerprintOf, type Fingerprint } from '../duplicates/fingerprint.js';
import { withImage, type DecodeOptions } from '../images/decode-image.js';
import { refusalOf, type Refusal } from '../loader/bad-image.js';

/** What an examining thread gets. */
export interface ExamineRequest extends DecodeOptions {
  readonly paths: readonly string[];
}

/** What it tells of each image. */
export type Examined =
  { readonly fingerprint: Fingerprint; readonly refusal?: undefined } | { readonly refusal: Refusal };

/** The entry of an examining thread: decodes images and tells what was found of each. */
export default function examine({ paths, maxPixels }: ExamineRequest): Promise<Examined[]> {
  return Promise.all(
    paths.map(async (path): Promise<Examined> => {
      try {
        return await withImage(path, { maxPixels }, (image, bytes) => ({
          fingerprint: fingerprintOf(image, bytes),
        }));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        return { refusal: refusalOf(error) };
      }
    }),
  );
}
