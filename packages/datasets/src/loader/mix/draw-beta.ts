import type { RandomStream } from '@polytag/core';

/** A draw from Beta(alpha, alpha), in [0, 1]. @param alpha above 0; 1 is uniform, less favours the ends */
export function drawBeta(alpha: number, stream: RandomStream): number {
  if (alpha === 1) return stream.uniform();
  // The logarithms are compared, since both draws are below the smallest number when alpha is small.
  const difference = logGamma(alpha, stream) - logGamma(alpha, stream);
  return 1 / (1 + Math.exp(-difference));
}

/** The logarithm of a draw from Gamma(alpha): Marsaglia and Tsang, "A simple method for generating gamma variables", 2000. */
function logGamma(alpha: number, stream: RandomStream): number {
  if (alpha < 1) return logGamma(alpha + 1, stream) + Math.log(1 - stream.uniform()) / alpha;
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = stream.normal();
    const cube = (1 + c * normal) ** 3;
    if (cube <= 0) continue;
    const chance = Math.log(1 - stream.uniform());
    if (chance < 0.5 * normal * normal + d - d * cube + d * Math.log(cube)) return Math.log(d * cube);
  }
}
