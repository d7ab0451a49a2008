import { add, tidy, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import {
  activate,
  DEFAULT_LEAKY_SLOPE,
  type ActivationAttributes,
  type PointwiseActivation,
} from './activation.js';
import { expectShape } from './expect-shape.js';

/**
 * What follows a convolution or linear map in inference: activation(f(x) + bias), in one pass on wasm, where it has no
 * gradient.
 */
export interface Epilogue {
  /** [out] */
  readonly bias: Tensor1D;
  /** Default `identity`. */
  readonly activation?: PointwiseActivation;
  /** Slope of leaky ReLU, default 0.01. */
  readonly slope?: number;
}

/** A fused operation: by its kernel, or composed of the plain operation, an addition and the activation. */
export function withEpilogue<T extends Tensor>(
  operation: string,
  channels: number,
  { bias, activation = 'identity', slope = DEFAULT_LEAKY_SLOPE }: Epilogue,
  fused: {
    readonly plain: () => T;
    readonly kernel: { isAvailable(): boolean };
    readonly run: (end: ActivationAttributes) => T;
  },
): T {
  expectShape(operation, 'bias', bias, [channels]);
  if (fused.kernel.isAvailable()) return fused.run({ activation, slope });
  return tidy(() => {
    const z = add<T>(fused.plain(), bias);
    return activation === 'identity' ? z : (activate(z, activation, { slope }) as T);
  });
}
