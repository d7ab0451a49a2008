import type { Shape } from '@tensorflow/tfjs-layers';
import type { PaddingRule } from '@polytag/core';
import { outputSize, resolvePadding } from '@polytag/ops';

/** Output size along one axis, or null when the input size is not known yet. */
export function convolvedSize(
  size: number | null,
  { kernelSize, stride, padding }: { kernelSize: number; stride: number; padding: PaddingRule },
): number | null {
  if (size === null) return null;
  const { top, bottom } = resolvePadding(padding, [size, size], [kernelSize, kernelSize], stride);
  return outputSize(size, kernelSize, stride, top, bottom);
}

/** Elements that a shape has for one image. */
export function sizeWithoutBatch(shape: Shape): number {
  return shape.slice(1).reduce<number>((size, extent) => size * extent!, 1);
}
