import { readContainer } from '../images/container/read-container.js';
import type { RgbImage } from '../images/decode-image.js';
import { imageFormat, type ImageFormat } from '../images/image-format.js';

/** Facts about an image file. */
export interface ImageFacts {
  readonly format: ImageFormat;
  /** Pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
  readonly colour: ColourSpace;
  readonly fileBytes: number;
}

/** Stored colour space; decoding converts all to 8-bit RGB. */
export type ColourSpace =
  'RGB' | 'grey' | 'CMYK' | 'palette' | 'RGB with alpha' | 'grey with alpha' | 'RGB 16-bit' | 'grey 16-bit';

/** @param bytes of a file that `image` was decoded from */
export function imageFacts(image: RgbImage, bytes: Uint8Array): ImageFacts {
  const format = imageFormat(bytes)!;
  const { width, height, orientation, bytesPerPixel } = readContainer(format, bytes);
  // Where the container does not say its size, the decoder found it.
  const [across, down] = width && height ? [width, height] : [image.width, image.height];
  const isTurned = orientation > 4 && width > 0;
  return {
    format,
    width: isTurned ? down : across,
    height: isTurned ? across : down,
    colour: format === 'png' ? pngColour(bytes) : JPEG_COLOURS[format === 'jpeg' ? bytesPerPixel : 3],
    fileBytes: bytes.length,
  };
}

/** By the number of components; a WebP is stored as three. */
const JPEG_COLOURS: Readonly<Record<number, ColourSpace>> = { 1: 'grey', 3: 'RGB', 4: 'CMYK' };

/** Bit depth and colour type stand at the same place in every PNG (third edition, section 11.2.1). */
const [DEPTH, TYPE] = [24, 25];

function pngColour(bytes: Uint8Array): ColourSpace {
  const is16 = bytes[DEPTH] === 16;
  switch (bytes[TYPE]) {
    case 3:
      return 'palette';
    case 4:
      return 'grey with alpha';
    case 6:
      return 'RGB with alpha';
    case 0:
      return is16 ? 'grey 16-bit' : 'grey';
    default:
      return is16 ? 'RGB 16-bit' : 'RGB';
  }
}
