import { evenParts, valuesPerImage, type Batch } from '@polytag/core';

/**
 * Cuts a batch into consecutive shares of even size; the first ones get the one image more. A batch of fewer images
 * than shares makes one share an image. Arrays are views of the batch's.
 *
 * @returns at least one share, none of them empty
 */
export function splitBatch(batch: Batch, shares: number): Batch[] {
  const { images, targets, indices, size } = batch;
  const [values, labels] = [valuesPerImage(batch), targets.length / size];
  return evenParts(size, shares).map(({ from, to }) => ({
    ...batch,
    images: images.subarray(from * values, to * values),
    targets: targets.subarray(from * labels, to * labels),
    indices: indices.subarray(from, to),
    size: to - from,
  }));
}
