import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';

/** Standard normal values that depend on the seed and the name alone. */
export function normalTensor<T extends Tensor>(shape: readonly number[], seed: number, name: string): T {
  const random = new RandomStream(seed, name);
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    [...shape],
    'float32',
  ) as T;
}
