import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { outputSize } from '@polytag/ops';
import type { ConvolutionAttributes } from '@polytag/ops/kernels';

/** Stride and zeros of a convolution, with the shapes of its input [N, H, W, C] and its weight. */
export interface Window extends ConvolutionAttributes {
  readonly xShape: readonly number[];
  readonly wShape: readonly number[];
}

/** What follows a convolution at once, by the names in assembly/. Without a bias there is none. */
export interface Epilogue {
  readonly bias: TensorInfo | number;
  readonly activation: number;
  readonly slope: number;
}

/** No place on the heap is 0. */
export const NO_EPILOGUE: Epilogue = { bias: 0, activation: 0, slope: 0 };

/** Sizes of a convolution by the names that they have in assembly/: S is the stride, Co the output channels. */
export interface WindowSizes {
  readonly N: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly KH: number;
  readonly KW: number;
  readonly S: number;
  readonly top: number;
  readonly left: number;
  readonly OH: number;
  readonly OW: number;
  readonly Co: number;
}

/** For a depthwise convolution, whose weight is [KH, KW, C, 1], `Co` is 1. */
export function sizesOf({ stride, top, bottom, left, right, xShape, wShape }: Window): WindowSizes {
  const [N, H, W, C] = xShape;
  const [KH, KW, , Co] = wShape;
  const OH = outputSize(H, KH, stride, top, bottom);
  const OW = outputSize(W, KW, stride, left, right);
  return { N, H, W, C, KH, KW, S: stride, top, left, OH, OW, Co };
}

/** The gradient of a convolution, by its kernels for the gradients of input and weight. */
export function windowGradient(
  inputGradient: (tensors: { dy: Tensor; weight: Tensor }, window: Window) => Tensor,
  weightGradient: (tensors: { x: Tensor; dy: Tensor }, window: Window) => Tensor,
) {
  return {
    inputs: ['x', 'weight'] as const,
    of(dy: Tensor, [x, weight]: Tensor[], attributes: ConvolutionAttributes) {
      const window = { ...attributes, xShape: x.shape, wShape: weight.shape };
      return {
        x: () => inputGradient({ dy, weight }, window),
        weight: () => weightGradient({ x, dy }, window),
      };
    },
  };
}
