import { tensor4d, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Batch } from '@polytag/core';
import { foldNetwork } from '@polytag/layers';
import type { MultiLabelModel } from '@polytag/model';
import { partsOfAtMost } from '../step/even-parts.js';

/** Images of a batch, without their labels. */
export type Images = Pick<Batch, 'images' | 'size' | 'height' | 'width'>;

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
 */
export function predictorOf(network: MultiLabelModel['network'], microBatch = Infinity): Predictor<Images> {
  const inference = foldNetwork(network);
  const outputs = async (images: Float32Array, shape: [number, number, number, number]) => {
    const result = tidy(() => inference.apply(tensor4d(images, shape))[0] as Tensor2D);
    try {
      return Float32Array.from(await result.data<'float32'>());
    } finally {
      result.dispose();
    }
  };
  return {
    async predict({ images, size, height, width }) {
      const pixels = height * width * 3;
      const parts: Float32Array[] = [];
      for (const { from, to } of partsOfAtMost(size, microBatch)) {
        parts.push(await outputs(images.subarray(from * pixels, to * pixels), [to - from, height, width, 3]));
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
