import { RandomStream } from '@polytag/core';

/** The positions of the images in the order of an epoch: drawn from the stream `shuffle/<epoch>`, or as they come. */
export function epochOrder(size: number, epoch: number, seed: number | undefined): Uint32Array {
  if (seed === undefined) return Uint32Array.from({ length: size }, (_, i) => i);
  return new RandomStream(seed, `shuffle/${epoch}`).permutation(size);
}
