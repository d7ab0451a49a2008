import sharp from 'sharp';
import { readImage, type DecodeOptions, type RgbImage } from './decode-image.js';

/** Pixels with opacity, RGBA bytes [height, width, 4], to lay over others. */
export interface OverlayImage {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** Encodes an image as PNG. */
export async function encodePng({ pixels, height, width }: RgbImage): Promise<Uint8Array> {
  return sharp(pixels, { raw: { height, width, channels: 3 } })
    .png()
    .toBuffer();
}

/** Encodes an image with opacity as PNG. */
export async function encodeOverlay({ pixels, height, width }: OverlayImage): Promise<Uint8Array> {
  return sharp(pixels, { raw: { height, width, channels: 4 } })
    .png()
    .toBuffer();
}

/**
 * Creates a small JPEG of an image file for display: upright, aspect ratio kept, longer edge at most `edge` pixels;
 * smaller images keep their size. For networks use `resizeBilinear`.
 *
 * @param edge default 256: sharp on a screen with two pixels to each of a page
 * @throws DataError as `readImage`
 */
export async function readThumbnail(
  path: string,
  edge = 256,
  options: DecodeOptions = {},
): Promise<{
  readonly type: 'image/jpeg';
  readonly bytes: Uint8Array;
  readonly size: { readonly height: number; readonly width: number };
}> {
  const small = sized(await readImage(path, options), edge);
  const { data, info } = await small.jpeg({ quality: 75 }).toBuffer({ resolveWithObject: true });
  return { type: 'image/jpeg', bytes: data, size: { height: info.height, width: info.width } };
}

/**
 * An image's file with pictures laid over it, one at a time, as JPEGs: upright, its aspect ratio kept, the longer edge at
 * most `edge` pixels. Each overlay is stretched over the whole image, smoothly.
 *
 * @param overlaysFor gives them for an image of that size
 * @param edge default 640
 * @throws DataError as `readImage`
 */
export async function readOverlaid(
  path: string,
  overlaysFor: (size: { readonly height: number; readonly width: number }) => readonly OverlayImage[],
  { edge = 640, ...options }: DecodeOptions & { readonly edge?: number } = {},
): Promise<Uint8Array[]> {
  const { data, info } = await sized(await readImage(path, options), edge)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { height: info.height, width: info.width, channels: 3 } as const;
  return Promise.all(
    overlaysFor(raw).map(async (overlay) => {
      const input = await sharp(overlay.pixels, {
        raw: { height: overlay.height, width: overlay.width, channels: 4 },
      })
        .resize({ height: raw.height, width: raw.width, fit: 'fill', kernel: 'cubic' })
        .png()
        .toBuffer();
      return sharp(data, { raw }).composite([{ input }]).jpeg({ quality: 85 }).toBuffer();
    }),
  );
}

const sized = ({ pixels, height, width }: RgbImage, edge: number) =>
  sharp(pixels, { raw: { height, width, channels: 3 } }).resize({
    width: edge,
    height: edge,
    fit: 'inside',
    withoutEnlargement: true,
  });
