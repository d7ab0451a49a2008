import type { Mix } from './draw-mix.js';

/**
 * Targets of images mixed in pairs (docs/method.md#mixing): clamp(λ·y + (1 − λ)·y[order], 0, 1). A target that is
 * unknown (negative) in either image is unknown in the mix, as −1.
 *
 * @param targets [B, K]; not changed
 * @returns [B, K]
 */
export function mixTargets(targets: Float32Array, labels: number, { order, lambda }: Mix): Float32Array {
  return targets.map((own, i) => {
    const other = targets[order[Math.floor(i / labels)] * labels + (i % labels)];
    if (own < 0 || other < 0) return -1;
    return Math.min(lambda * own + (1 - lambda) * other, 1);
  });
}
