import { DataError } from '@polytag/core';
import { frameIn, jpegSegments } from './container/jpeg-container.js';
import { readWebp } from './container/webp-container.js';
import { describeContent, imageFormat, type ImageFormat } from './image-format.js';

/** The most pixels of an image that a browser is let decode. */
export const MAX_BROWSER_PIXELS = 64_000_000;

/**
 * Refuses a file before a browser decodes it, which for an image of a billion pixels takes the memory of the page: what is
 * no JPEG, PNG or WebP, and what has too many pixels by its header.
 *
 * @param name name of the image in errors
 * @param maxPixels default: 64 million
 * @throws DataError `data/not-an-image`, `data/image-too-large`
 */
export function assertDecodable(bytes: Uint8Array, name: string, maxPixels = MAX_BROWSER_PIXELS): void {
  const format = imageFormat(bytes);
  if (!format) {
    throw new DataError('data/not-an-image', `${name} ${describeContent(bytes)}, not a JPEG, PNG or WebP.`, {
      hint: 'Convert it to JPEG, PNG or WebP, or leave it out.',
    });
  }
  const { width, height } = sizeOf(format, bytes);
  if (width * height > maxPixels) {
    throw new DataError(
      'data/image-too-large',
      `${name} has ${width} x ${height} pixels; the limit is ${maxPixels / 1e6} million pixels.`,
      { hint: 'Save it at a smaller size, or leave it out.' },
    );
  }
}

/** Pixels as the header says; zeros where it does not. */
function sizeOf(format: ImageFormat, bytes: Uint8Array): { readonly width: number; readonly height: number } {
  switch (format) {
    case 'jpeg':
      return frameIn([...jpegSegments(bytes)]) ?? { width: 0, height: 0 };
    case 'png': {
      // PNG, third edition, section 11.2.1: IHDR comes first.
      if (bytes.length < 24) return { width: 0, height: 0 };
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return { width: view.getUint32(16), height: view.getUint32(20) };
    }
    case 'webp':
      return readWebp(bytes);
  }
}
