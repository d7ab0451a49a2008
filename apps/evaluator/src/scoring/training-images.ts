import type { LabelVocabulary } from '@polytag/core';
import { labelFileContent } from '@polytag/datasets';

/**
 * Images of a label file that have each label, in the order of a vocabulary. The images themselves need not be there.
 *
 * @throws DataError as `readLabelFile`, but for images
 */
export async function trainingImages(file: string, labels: LabelVocabulary): Promise<Uint32Array> {
  const { images } = await labelFileContent(file, {});
  const counts = new Uint32Array(labels.size);
  for (const [, listed] of images) {
    const indices = new Set(listed.map((label) => labels.indexOf(label)));
    for (const index of indices) if (index !== undefined) counts[index]++;
  }
  return counts;
}
