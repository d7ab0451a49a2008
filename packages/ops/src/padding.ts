import type { PaddingRule } from '@polytag/core';

/** Zeros added on each side of a feature map. */
export interface Padding2D {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** No padding at all. */
export const NO_PADDING: Padding2D = { top: 0, bottom: 0, left: 0, right: 0 };

function alongAxis(rule: PaddingRule, size: number, kernel: number, stride: number): [number, number] {
  if (rule === 'symmetric') {
    const each = Math.floor((kernel - 1) / 2);
    return [each, each];
  }
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/**
 * The zeros that a padding rule adds for an input of `size` [height, width] and a `kernel` [kh, kw].
 * `symmetric`: floor((k − 1)/2) on every side (PyTorch). `same`: TensorFlow's rule,
 * total = max((ceil(n/stride) − 1)·stride + k − n, 0), the smaller half first.
 */
export function resolvePadding(
  rule: PaddingRule,
  size: readonly [number, number],
  kernel: readonly [number, number],
  stride: number,
): Padding2D {
  const [top, bottom] = alongAxis(rule, size[0], kernel[0], stride);
  const [left, right] = alongAxis(rule, size[1], kernel[1], stride);
  return { top, bottom, left, right };
}

/** Output size of a windowed operation along one axis. */
export function outputSize(
  size: number,
  kernel: number,
  stride: number,
  before: number,
  after: number,
): number {
  return Math.floor((size + before + after - kernel) / stride) + 1;
}
