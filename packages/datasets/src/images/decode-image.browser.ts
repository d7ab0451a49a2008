import { DataError } from '@polytag/core';
import { assertDecodable, MAX_BROWSER_PIXELS } from './assert-decodable.js';
import type { DecodeOptions, RgbImage } from './decode-image.js';

/** The part of the browser's interface used here: the workspace compiles without the DOM's types, which have it. */
interface BrowserImages {
  createImageBitmap(
    bytes: object,
    options: object,
  ): Promise<{ readonly width: number; readonly height: number; close(): void }>;
  OffscreenCanvas: new (
    width: number,
    height: number,
  ) => {
    getContext(
      kind: '2d',
      options: object,
    ): {
      drawImage(image: object, x: number, y: number): void;
      getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
    };
  };
}

/**
 * Decodes a JPEG, PNG or WebP with the browser's decoder: upright, sRGB, without transparency. JPEG values may differ
 * from those of libvips by a level or two.
 *
 * @param name name of the image in errors
 * @throws DataError `data/not-an-image`, `data/image-too-large`, `data/image-corrupt`
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  { maxPixels = MAX_BROWSER_PIXELS }: DecodeOptions = {},
): Promise<RgbImage> {
  assertDecodable(bytes, name, maxPixels);
  const { createImageBitmap, OffscreenCanvas } = globalThis as unknown as BrowserImages;
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none',
  }).catch((cause: unknown) => {
    throw new DataError('data/image-corrupt', `${name} cannot be decoded: it is damaged or incomplete.`, {
      hint: 'Copy the file again, save it again, or leave it out.',
      cause,
    });
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return { pixels, height, width };
}

/**
 * Fetches and decodes an image.
 *
 * @param address URL, relative to the page
 * @throws DataError `data/image-missing`, and the errors of {@link decodeImage}
 */
export async function readImage(address: string, options: DecodeOptions = {}): Promise<RgbImage> {
  const missing = (why: string, cause?: unknown) =>
    new DataError('data/image-missing', `The image ${address} cannot be read: ${why}.`, { cause });
  const response = await fetch(address).catch((cause: unknown) => {
    throw missing(String(cause), cause);
  });
  if (!response.ok) throw missing(`status ${response.status}`);
  return decodeImage(new Uint8Array(await response.arrayBuffer()), address, options);
}

/** Fetches and decodes an image and hands it to `use`. */
export const withImage = async <Result>(
  address: string,
  options: DecodeOptions,
  use: (image: RgbImage) => Result,
): Promise<Result> => use(await readImage(address, options));

/** As {@link withImage}, of a file's bytes. */
export const withDecoded = async <Result>(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions,
  use: (image: RgbImage) => Result,
): Promise<Result> => use(await decodeImage(bytes, name, options));
