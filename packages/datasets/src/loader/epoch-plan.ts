import { RandomStream } from '@polytag/core';

/** The positions of the images in the order of an epoch: drawn from the stream `shuffle/<epoch>`, or as they come. */
export function epochOrder(size: number, epoch: number, seed: number | undefined): Uint32Array {
  if (seed === undefined) return Uint32Array.from({ length: size }, (_, i) => i);
  return new RandomStream(seed, `shuffle/${epoch}`).permutation(size);
}

/**
 * Whether an image is mirrored in an epoch: drawn from the stream `flip/<epoch>/<index>`, so it does not depend on the
 * batch the image lands in. Mirrored unless a uniform draw exceeds the probability.
 */
export function isMirrored(index: number, epoch: number, seed: number, probability: number): boolean {
  return probability > 0 && new RandomStream(seed, `flip/${epoch}/${index}`).uniform() <= probability;
}
