import { Tensor, tensor4d, tidy, unstack, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import { UsageError, type Preprocessing } from '@polytag/core';
import { prepareImage } from '@polytag/datasets';

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

/** @returns [B, H, W, 3], resized and normalised; the caller disposes it */
export async function imagesTensor(
  images: readonly Pending[],
  preprocessing: Preprocessing,
): Promise<Tensor4D> {
  const { height, width } = preprocessing;
  const size = height * width * 3;
  const values = new Float32Array(images.length * size);
  await Promise.all(
    images.map(async (image, i) => {
      const source = typeof image === 'string' || image instanceof Uint8Array ? image : await pixelsOf(image);
      values.set(await prepareImage(source, preprocessing), i * size);
    }),
  );
  return tensor4d(values, [images.length, height, width, 3]);
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
