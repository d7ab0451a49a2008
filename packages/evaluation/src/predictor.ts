import { tensor4d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { partsOfAtMost, valuesPerImage, type Batch } from '@polytag/core';
import { foldNetwork, type Network } from '@polytag/layers';

/** Images of a batch, or feature maps, without their labels. */
export type Images = Pick<Batch, 'images' | 'size' | 'height' | 'width' | 'channels'>;

/** Computes the raw outputs of images, with the weights of the moment it was made. */
export interface Predictor<Input extends Images = Batch> {
  /** [B, K], row-major. */
  predict(batch: Input): Promise<Float32Array>;
  dispose(): void;
}

/**
 * Runs a network on this thread, in inference mode and with its batch norms folded.
 *
 * @param microBatch images that memory holds at once, at most; default: all of a batch
 * @param renormalise makes the images that the network expects of those of a batch; default: they are the same
 */
export function predictorOf(
  network: Network,
  microBatch = Infinity,
  renormalise: (images: Tensor) => Tensor = (images) => images,
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
      return concatenate(parts);
    },
    dispose: () => inference.dispose(),
  };
}

/** Arrays one after the other. */
export function concatenate(arrays: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
  let offset = 0;
  for (const array of arrays) {
    whole.set(array, offset);
    offset += array.length;
  }
  return whole;
}
