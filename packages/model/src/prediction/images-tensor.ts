import { Tensor, tensor4d, tidy, unstack, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import { DataError, UsageError, type Preprocessing } from '@polytag/core';
import { prepareImage, type DecodeOptions } from '@polytag/datasets';

/**
 * A photograph: the path of a file, the bytes of one (JPEG, PNG or WebP), or decoded RGB values 0–255 as a tensor
 * [height, width, 3].
 */
export type ImageInput = string | Uint8Array | Tensor3D;

/** A decoded image whose pixels are still in a tensor of the caller's, at a position of its batch. */
type Pending = string | Uint8Array | { readonly tensor: Tensor; readonly index?: number };

/** What `predict` was given, as single images. */
export function splitInputs(input: ImageInput | readonly ImageInput[] | Tensor4D): {
  readonly images: readonly Pending[];
  readonly single: boolean;
} {
  if (!(input instanceof Tensor)) {
    const single = typeof input === 'string' || input instanceof Uint8Array;
    const images = single ? [input] : [...(input as readonly ImageInput[])];
    return { images: images.map((image) => (image instanceof Tensor ? decoded(image, 3) : image)), single };
  }
  if (input.rank === 3) return { images: [decoded(input, 3)], single: true };
  decoded(input, 4);
  return {
    images: Array.from({ length: input.shape[0] }, (_, index) => ({ tensor: input, index })),
    single: false,
  };
}

/** What is done about images, and how large they may be. */
export interface PredictOptions extends DecodeOptions {
  /**
   * What becomes of an image that cannot be used: its error is thrown (default), or returned in the place of its labels
   * while the others are predicted.
   */
  readonly onError?: 'throw' | 'return';
}

/** Some images, resized and normalised, and the errors of the others. */
export interface PreparedImages {
  /** [U, H, W, 3], of the images that can be used, in their order; the caller disposes it. Undefined where there are none. */
  readonly batch: Tensor4D | undefined;
  /** Of each image: its error, or undefined where it is in the batch. */
  readonly errors: readonly (DataError | undefined)[];
}

/** @throws DataError without `onError: 'return'`: of an image that cannot be used */
export async function imagesTensor(
  images: readonly Pending[],
  preprocessing: Preprocessing,
  { onError = 'throw', maxPixels }: PredictOptions,
): Promise<PreparedImages> {
  const { height, width } = preprocessing;
  const prepared = await Promise.all(
    images.map(async (image) => {
      try {
        const source =
          typeof image === 'string' || image instanceof Uint8Array ? image : await pixelsOf(image);
        return await prepareImage(source, preprocessing, { maxPixels });
      } catch (error) {
        if (onError === 'throw' || !(error instanceof DataError)) throw error;
        return error;
      }
    }),
  );
  const errors = prepared.map((result) => (result instanceof DataError ? result : undefined));
  const usable = prepared.filter((result) => result instanceof Float32Array);
  if (usable.length === 0) return { batch: undefined, errors };
  const size = height * width * 3;
  const values = new Float32Array(usable.length * size);
  usable.forEach((pixels, i) => values.set(pixels, i * size));
  return { batch: tensor4d(values, [usable.length, height, width, 3]), errors };
}

function decoded(tensor: Tensor, rank: number): { tensor: Tensor } {
  if (tensor.rank === rank && tensor.shape[rank - 1] === 3) return { tensor };
  const needed = rank === 3 ? '[height, width, 3]' : '[height, width, 3] or [B, height, width, 3]';
  throw new UsageError('usage/image-tensor', `An image tensor has shape [${tensor.shape}], not ${needed}.`, {
    hint: 'Give RGB values 0–255, channels last.',
  });
}

/** RGB bytes of a tensor; values between the levels are rounded, values outside are clamped. */
async function pixelsOf({ tensor, index }: { tensor: Tensor; index?: number }) {
  const image = index === undefined ? tensor : tidy(() => unstack(tensor)[index]);
  const [height, width] = image.shape;
  const pixels = new Uint8Array(Uint8ClampedArray.from(await image.data()).buffer);
  if (index !== undefined) image.dispose();
  return { pixels, height, width };
}
