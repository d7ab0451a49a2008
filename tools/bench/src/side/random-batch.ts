import { RandomStream, type Batch } from '@polytag/core';
import type { Work } from './work.js';

/** Share of labels that are present. */
const PRESENT = 0.1;

export function randomBatch({ batch, size, labels }: Pick<Work, 'batch' | 'size' | 'labels'>): Batch {
  const random = new RandomStream(0, 'bench');
  const pixels = random.fork('images');
  const presence = random.fork('targets');
  return {
    inputs: Float32Array.from({ length: batch * size * size * 3 }, () => pixels.normal()),
    shape: [batch, size, size, 3],
    targets: Float32Array.from({ length: batch * labels }, () => (presence.uniform() < PRESENT ? 1 : 0)),
    indices: Uint32Array.from({ length: batch }, (_, i) => i),
  };
}
