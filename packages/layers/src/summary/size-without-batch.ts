import type { Shape } from '@tensorflow/tfjs-layers';

/** Elements that a shape has for one image. */
export function sizeWithoutBatch(shape: Shape): number {
  return shape.slice(1).reduce<number>((size, extent) => size * extent!, 1);
}
