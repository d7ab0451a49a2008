import type { LabelledImage } from '../dataset/labelled-dataset.js';
import { examineImages, type ExamineOptions } from '../examination/examine-images.js';
import type { BadImage } from '../loader/bad-image.js';
import { findDuplicates, type Duplicates } from './find-duplicates.js';

export interface NearDuplicateOptions extends ExamineOptions {
  /** See `FindDuplicatesOptions`. */
  readonly similarity?: number;
}

export interface NearDuplicates extends Duplicates {
  /** Unusable images; each is alone in its group. */
  readonly bad: readonly BadImage[];
}

/**
 * Decodes images on all cores and groups those with the same content: exact copies, and copies in another size or
 * compression or cropped by up to a tenth of an edge. For several label files, pass their images one after the other.
 *
 * @throws InterruptedError `data/interrupted`
 */
export async function nearDuplicateGroups(
  images: readonly LabelledImage[],
  { similarity, ...options }: NearDuplicateOptions = {},
): Promise<NearDuplicates> {
  const { found, bad } = await examineImages(images, options);
  const fingerprints = found.map((one) => one?.fingerprint);
  return { ...(await findDuplicates(fingerprints, { similarity, signal: options.signal })), bad };
}
