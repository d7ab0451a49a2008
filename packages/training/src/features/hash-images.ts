import { createHash } from 'node:crypto';
import { InterruptedError } from '@polytag/core';
import { readImageFile, type LabelledImage } from '@polytag/datasets';

/** Files that are read at once. */
const LANES = 8;

/**
 * Hashes of the files of images, in their order: SHA-256, 32 hexadecimal digits of it.
 *
 * @throws DataError `data/image-missing`
 * @throws InterruptedError `training/interrupted`
 */
export async function hashImages(
  images: readonly LabelledImage[],
  {
    signal,
    report,
    maxPixels,
  }: { signal?: AbortSignal; report?: (done: number) => void; maxPixels?: number } = {},
): Promise<string[]> {
  const hashes = new Array<string>(images.length);
  let [next, done] = [0, 0];
  const lane = async () => {
    while (next < images.length) {
      if (signal?.aborted) {
        throw new InterruptedError(
          'training/interrupted',
          'Reading images for cached features was stopped.',
          {
            hint: 'Run the same command again: computed features are kept.',
          },
        );
      }
      const index = next++;
      hashes[index] = createHash('sha256')
        .update(await readImageFile(images[index].path, { maxPixels }))
        .digest('hex')
        .slice(0, 32);
      report?.(++done);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return hashes;
}
