import { readFile } from 'node:fs/promises';
import { DataError } from '@polytag/core';
import sharp from 'sharp';
import { describeContent, imageFormat, isTruncated } from './image-format.js';

/** 8-bit RGB pixels, row by row. */
export interface RgbImage {
  /** [height, width, 3] */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** The most pixels an image may have: a small file can claim gigabytes. */
export const MAX_PIXELS = 64_000_000;

/**
 * Decodes a JPEG, PNG or WebP into upright 8-bit RGB: the EXIF orientation is applied, grey, 16-bit and CMYK images
 * are converted to sRGB, transparency is dropped, of an animation the first frame is taken.
 *
 * A JPEG whose middle was overwritten decodes without an error into a damaged picture; only a missing end is noticed.
 *
 * @param name how errors name the image
 * @throws DataError `data/not-an-image`, `data/image-truncated`, `data/image-too-large`, `data/image-corrupt`
 */
export async function decodeImage(bytes: Uint8Array, name: string): Promise<RgbImage> {
  const format = imageFormat(bytes);
  if (!format) {
    throw new DataError('data/not-an-image', `${name} ${describeContent(bytes)}, not a JPEG, PNG or WebP.`, {
      hint: 'Convert it, or remove it from the annotation file.',
    });
  }
  oneThreadAnImage();
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
      .autoOrient()
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { pixels: data, height: info.height, width: info.width };
  } catch (cause) {
    const reason = (cause as Error).message;
    if (reason.includes('pixel limit')) {
      throw new DataError(
        'data/image-too-large',
        `${name} has more than ${MAX_PIXELS / 1e6} million pixels.`,
        {
          hint: 'Make it smaller, or remove it from the annotation file.',
          cause,
        },
      );
    }
    const truncated = isTruncated(format, bytes) || /premature end|truncated/i.test(reason);
    throw new DataError(
      truncated ? 'data/image-truncated' : 'data/image-corrupt',
      truncated ? `${name} is cut off: its end is missing.` : `${name} cannot be decoded: ${reason}.`,
      { hint: 'Copy the file again, or remove it from the annotation file.', cause },
    );
  }
}

/**
 * The content of an image's file.
 *
 * @throws DataError `data/image-missing`
 */
export async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new DataError(
      'data/image-missing',
      `The image ${path} cannot be read: ${(cause as Error).message}.`,
      {
        hint: 'Check the path in the annotation file.',
        cause,
      },
    );
  }
}

/**
 * Reads and decodes a file.
 *
 * @throws DataError `data/image-missing`, and the errors of {@link decodeImage}
 */
export async function readImage(path: string): Promise<RgbImage> {
  return decodeImage(await readImageFile(path), path);
}

let prepared = false;

/** Images are decoded side by side; threads within one would only compete with the training. */
function oneThreadAnImage(): void {
  if (prepared) return;
  sharp.concurrency(1);
  sharp.cache(false);
  prepared = true;
}
