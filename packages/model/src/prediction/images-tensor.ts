import { Tensor, tensor4d, tidy, unstack, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import { UsageError, type Preprocessing } from '@polytag/core';
import { normaliser, type BatchedImage, type RgbImage, type RowsOfImagesOptions } from '@polytag/datasets';

/** A photograph: path of a file, its bytes (JPEG, PNG or WebP), or a tensor [height, width, 3] of RGB values 0–255. */
export type ImageInput = string | Uint8Array | Tensor3D;

/** Options for reading images: handling of errors, and maximum size. */
export type PredictOptions = RowsOfImagesOptions;

/** What `predict` was given, as single images; pixels stay in tensors of the caller's until their turn comes. */
export function splitInputs(input: ImageInput | readonly ImageInput[] | Tensor4D): {
  readonly images: readonly BatchedImage[];
  readonly single: boolean;
} {
  if (!(input instanceof Tensor)) {
    const single = typeof input === 'string' || input instanceof Uint8Array;
    const images = single ? [input] : [...(input as readonly ImageInput[])];
    return { images: images.map((image) => (image instanceof Tensor ? decoded(image) : image)), single };
  }
  if (input.rank === 3) return { images: [decoded(input)], single: true };
  assertShape(input, 4);
  return {
    images: Array.from({ length: input.shape[0] }, (_, index) => () => pixelsOf(input, index)),
    single: false,
  };
}

/** [count, H, W, 3] normalised, of as many resized images; the caller disposes it. */
export function imagesTensor(pixels: Uint8Array, count: number, preprocessing: Preprocessing): Tensor4D {
  const values = new Float32Array(pixels.length);
  normaliser(preprocessing)(pixels, values, 0);
  return tensor4d(values, [count, preprocessing.height, preprocessing.width, 3]);
}

function decoded(tensor: Tensor): BatchedImage {
  assertShape(tensor, 3);
  return () => pixelsOf(tensor);
}

function assertShape(tensor: Tensor, rank: number): void {
  if (tensor.rank === rank && tensor.shape[rank - 1] === 3) return;
  const needed = rank === 3 ? '[height, width, 3]' : '[height, width, 3] or [B, height, width, 3]';
  throw new UsageError(
    'usage/image-tensor',
    `The image tensor has shape [${tensor.shape}]; expected ${needed}.`,
    {
      hint: 'Use RGB values from 0 to 255, channels last.',
    },
  );
}

/** RGB bytes of a tensor; values between the levels are rounded, values outside are clamped. */
async function pixelsOf(tensor: Tensor, index?: number): Promise<RgbImage> {
  const image = index === undefined ? tensor : tidy(() => unstack(tensor)[index]);
  const [height, width] = image.shape;
  const pixels = new Uint8Array(Uint8ClampedArray.from(await image.data()).buffer);
  if (index !== undefined) image.dispose();
  return { pixels, height, width };
}
