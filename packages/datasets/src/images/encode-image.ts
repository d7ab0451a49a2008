import sharp from 'sharp';
import { readImage, type DecodeOptions, type RgbImage } from './decode-image.js';

/** The bytes of a PNG file, without loss. */
export async function encodePng({ pixels, height, width }: RgbImage): Promise<Uint8Array> {
  return sharp(pixels, { raw: { height, width, channels: 3 } })
    .png()
    .toBuffer();
}

/**
 * A small JPEG of an image's file, for people to look at: upright, its aspect ratio kept, the longer edge at most
 * `edge` pixels; an image that is smaller keeps its size. Networks are fed by `resizeBilinear`.
 *
 * @param edge default 256: sharp on a screen with two pixels to each of a page
 * @throws DataError as `readImage`
 */
export async function readThumbnail(
  path: string,
  edge = 256,
  options: DecodeOptions = {},
): Promise<{ readonly type: 'image/jpeg'; readonly bytes: Uint8Array }> {
  const { pixels, height, width } = await readImage(path, options);
  const bytes = await sharp(pixels, { raw: { height, width, channels: 3 } })
    .resize({ width: edge, height: edge, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 75 })
    .toBuffer();
  return { type: 'image/jpeg', bytes };
}
