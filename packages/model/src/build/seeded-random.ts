import { RandomStream } from '@polytag/core';

/**
 * Runs what builds a part while `Math.random` draws from a stream of its own. Initialisers of TensorFlow.js take their
 * seed from there when none is given (`tf.layers.dense({ units })`), so that an own part has the same first weights in
 * each run of the same seed.
 *
 * @param name of the stream, e.g. `head`
 */
export function seededRandom<Result>(seed: number, name: string, build: () => Result): Result {
  const unseeded = Math.random;
  const stream = new RandomStream(seed, `build/${name}`);
  Math.random = () => stream.uniform();
  try {
    return build();
  } finally {
    Math.random = unseeded;
  }
}
