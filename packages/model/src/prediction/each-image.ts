import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { DataError, Preprocessing } from '@polytag/core';
import { rowsOfImages } from '@polytag/datasets';
import { imagesTensor, splitInputs, type ImageInput, type PredictOptions } from './images-tensor.js';

/**
 * What a network makes of each of some photographs, in their order, or of a single one. The errors of those that cannot be
 * used stand in their places with `onError: 'return'`.
 *
 * @param rowsOf one result for each image of a batch [B, H, W, 3], which is freed afterwards
 */
export async function eachImage<Row>(
  input: ImageInput | readonly ImageInput[] | Tensor4D,
  preprocessing: Preprocessing,
  options: PredictOptions,
  rowsOf: (batch: Tensor4D) => Promise<readonly Row[]>,
): Promise<Row | (Row | DataError)[]> {
  const { images, single } = splitInputs(input);
  const results = await rowsOfImages(images, preprocessing, options, (pixels, count) => {
    const batch = imagesTensor(pixels, count, preprocessing);
    return rowsOf(batch).finally(() => batch.dispose());
  });
  return single ? (results[0] as Row) : results;
}

/** The values of a tensor [B, N], which is freed, as B rows. */
export async function rowsOf(output: Tensor): Promise<Float32Array[]> {
  const [rows, length] = output.shape;
  try {
    const values = await output.data<'float32'>();
    return Array.from({ length: rows }, (_, i) => values.slice(i * length, (i + 1) * length));
  } finally {
    output.dispose();
  }
}
