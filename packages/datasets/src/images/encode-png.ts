import sharp from 'sharp';
import type { RgbImage } from './decode-image.js';

/** The bytes of a PNG file, without loss. */
export async function encodePng({ pixels, height, width }: RgbImage): Promise<Uint8Array> {
  return sharp(pixels, { raw: { height, width, channels: 3 } })
    .png()
    .toBuffer();
}
