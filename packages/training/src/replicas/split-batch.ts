import type { Batch } from '@polytag/core';

/**
 * Cuts a batch into consecutive shares of even size; the first ones get the one image more. A batch of fewer images
 * than shares makes one share an image. Arrays are views of the batch's.
 *
 * @returns at least one share, none of them empty
 */
export function splitBatch(batch: Batch, shares: number): Batch[] {
  const { images, targets, indices, size, height, width } = batch;
  const count = Math.max(1, Math.min(shares, size));
  const [pixels, labels] = [height * width * 3, targets.length / size];
  let start = 0;
  return Array.from({ length: count }, (_, k) => {
    const mine = Math.floor(size / count) + (k < size % count ? 1 : 0);
    const [from, to] = [start, start + mine];
    start = to;
    return {
      images: images.subarray(from * pixels, to * pixels),
      targets: targets.subarray(from * labels, to * labels),
      indices: indices.subarray(from, to),
      ...{ size: mine, height, width },
    };
  });
}
