import { tensor, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { microBatches, type NetworkInputs } from '@polytag/core';
import { InferenceNetwork, type Network } from '@polytag/layers';

/** Computes raw outputs of images or feature maps, with the weights at the time of its creation. */
export interface Predictor {
  /** [B, K], row-major. */
  predict(batch: NetworkInputs): Promise<Float32Array>;
  dispose(): void;
}

/**
 * Runs a network on this thread in inference mode, with batch norm folded.
 *
 * @param microBatch maximum number of images computed at once; default: the whole batch
 * @param renormalise converts the images of a batch to the normalisation that the network expects; default: unchanged
 */
export function predictorOf(
  network: Network,
  microBatch = Infinity,
  renormalise: (images: Tensor) => Tensor = (images) => images,
): Predictor {
  const inference = new InferenceNetwork(network);
  const outputsOf = async ({ inputs, shape }: NetworkInputs) => {
    const outputs = tidy(() => {
      const given = tensor(inputs, [...shape], 'float32');
      return inference.apply(renormalise(given))[0] as Tensor2D;
    });
    try {
      return Float32Array.from(await outputs.data<'float32'>());
    } finally {
      outputs.dispose();
    }
  };
  return {
    async predict(batch) {
      const outputs: Float32Array[] = [];
      for (const part of microBatches(batch, microBatch)) outputs.push(await outputsOf(part));
      return concatenate(outputs);
    },
    dispose: () => inference.dispose(),
  };
}

/** Concatenates arrays. */
export function concatenate(arrays: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
  let offset = 0;
  for (const array of arrays) {
    whole.set(array, offset);
    offset += array.length;
  }
  return whole;
}
