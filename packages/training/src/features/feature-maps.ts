import { tensor4d, type Tensor } from '@tensorflow/tfjs-core';
import type { InferenceNetwork } from '@polytag/layers';
import type { MultiLabelModel } from '@polytag/model';

/**
 * Computes the feature map of each image as its own array: the input of the head, as `cacheFeatures` stores it.
 *
 * @param backbone `headInputs` of the model
 * @param images normalised, [B, H, W, 3]
 */
export async function featureMapsOf(
  backbone: InferenceNetwork,
  images: Float32Array,
  { preprocessing: { height, width } }: MultiLabelModel,
): Promise<Float32Array[]> {
  const input = tensor4d(images, [images.length / (height * width * 3), height, width, 3]);
  let output: Tensor | undefined;
  try {
    [output] = backbone.apply(input);
    const values = await output.data<'float32'>();
    const [count] = output.shape;
    const length = values.length / count;
    return Array.from({ length: count }, (_, i) => values.slice(i * length, (i + 1) * length));
  } finally {
    input.dispose();
    output?.dispose();
  }
}

/**
 * Mean over the cells of a map, [h, w, C], for heads that use nothing else.
 *
 * @returns C values
 */
export function meanOfCells(map: Float32Array, channels: number): Float32Array {
  const sums = new Float64Array(channels);
  for (let cell = 0; cell < map.length; cell += channels)
    for (let c = 0; c < channels; c++) sums[c] += map[cell + c];
  return Float32Array.from(sums, (sum) => (sum * channels) / map.length);
}
