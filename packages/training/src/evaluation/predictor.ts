import { tensor4d, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { valuesPerImage, type Batch } from '@polytag/core';
import { foldNetwork, type Network } from '@polytag/layers';
import type { Renormalise } from '../network/renormalise.js';
import { partsOfAtMost } from '../step/even-parts.js';

/** Images of a batch, or feature maps, without their labels. */
export type Images = Pick<Batch, 'images' | 'size' | 'height' | 'width' | 'channels'>;

/** Gives the raw outputs of images with the weights of the moment it was made. */
export interface Predictor<Input extends Images = Batch> {
  /** [B, K], row-major. */
  predict(batch: Input): Promise<Float32Array>;
  dispose(): void;
}

/**
 * Runs a network on this thread, in inference mode and with its batch norms folded.
 *
 * @param microBatch images that memory holds at once, at most; default: all of a batch
 * @param renormalise what the network's images need that were normalised for another; default: nothing
 */
export function predictorOf(
  network: Network,
  microBatch = Infinity,
  renormalise: Renormalise = (images) => images,
): Predictor<Images> {
  const inference = foldNetwork(network);
  const outputs = async (images: Float32Array, shape: [number, number, number, number]) => {
    const result = tidy(() => inference.apply(renormalise(tensor4d(images, shape)))[0] as Tensor2D);
    try {
      return Float32Array.from(await result.data<'float32'>());
    } finally {
      result.dispose();
    }
  };
  return {
    async predict(batch) {
      const { images, size, height, width, channels = 3 } = batch;
      const values = valuesPerImage(batch);
      const parts: Float32Array[] = [];
      for (const { from, to } of partsOfAtMost(size, microBatch)) {
        const part = images.subarray(from * values, to * values);
        parts.push(await outputs(part, [to - from, height, width, channels]));
      }
      return joined(parts);
    },
    dispose: () => inference.dispose(),
  };
}

/** Arrays one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
