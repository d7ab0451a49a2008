import type { Shape } from '@tensorflow/tfjs-layers';

/** Shape of a map [B, H, W, C] at half its size, rounded up; a size that is not known yet stays so. */
export function halvedShape([batch, height, width, channels]: Shape): Shape {
  const half = (size: number | null) => (size === null ? null : Math.ceil(size / 2));
  return [batch, half(height), half(width), channels];
}
