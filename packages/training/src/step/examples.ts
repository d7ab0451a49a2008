import { slice, tensor2d, tensor4d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { valuesPerImage, type Batch, type Range } from '@polytag/core';

/** Images and targets as tensors. */
export interface ExampleTensors {
  /** [B, …] */
  readonly images: Tensor;
  /** [B, K] */
  readonly targets: Tensor2D;
}

/** A batch whose tensors are made when a part of it is needed, so that memory holds no more than that part. */
export interface ExampleBatch {
  readonly batch: Pick<Batch, 'images' | 'targets' | 'size' | 'height' | 'width' | 'channels'>;
}

/** What a step learns from. Tensors stay the caller's. */
export type Examples = ExampleTensors | ExampleBatch;

export const exampleCount = (examples: Examples): number =>
  'batch' in examples ? examples.batch.size : examples.images.shape[0];

/** The tensors of some of the examples; the caller disposes them. */
export function takeExamples(examples: Examples, { from, to }: Range): ExampleTensors {
  if ('batch' in examples) {
    const { images, targets, size, height, width, channels = 3 } = examples.batch;
    const [values, labels] = [valuesPerImage(examples.batch), targets.length / size];
    return {
      images: tensor4d(images.subarray(from * values, to * values), [to - from, height, width, channels]),
      targets: tensor2d(targets.subarray(from * labels, to * labels), [to - from, labels]),
    };
  }
  const part = <T extends Tensor>(whole: T): T =>
    tidy(() => (to - from === whole.shape[0] ? whole.clone() : slice(whole, from, to - from)));
  return { images: part(examples.images), targets: part(examples.targets) };
}
