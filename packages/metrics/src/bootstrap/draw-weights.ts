import type { RandomStream } from '@polytag/core';

/** As many draws as there are images, each of any image: how often each was drawn. */
export function drawWeights(random: RandomStream, weights: Uint16Array): void {
  weights.fill(0);
  for (let draw = 0; draw < weights.length; draw++) weights[random.integer(weights.length)]++;
}
