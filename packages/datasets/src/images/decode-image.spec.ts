import { DataError } from '@polytag/core';
import sharp from 'sharp';
import { decodeImage, MAX_PIXELS } from './decode-image.js';

/** Left half red, right half blue: 8 wide, 4 high. */
const redBlue = () => {
  const pixels = Buffer.alloc(4 * 8 * 3);
  for (let i = 0; i < 32; i++) pixels[i * 3 + (i % 8 < 4 ? 0 : 2)] = 255;
  return sharp(pixels, { raw: { width: 8, height: 4, channels: 3 } });
};

const noise = (width: number, height: number) =>
  sharp(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    { raw: { width, height, channels: 3 } },
  );

async function errorOf(bytes: Uint8Array, code: string): Promise<DataError> {
  const error: unknown = await decodeImage(bytes, 'photo.jpg').then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).code).toBe(code);
  expect((error as DataError).message).toContain('photo.jpg');
  return error as DataError;
}

const pixelAt = ({ pixels, width }: { pixels: Uint8Array; width: number }, x: number, y: number) => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('decodeImage', () => {
  it.each(['png', 'webp'] as const)('reads %s without loss', async (format) => {
    const bytes = await redBlue().toFormat(format, { lossless: true }).toBuffer();
    const image = await decodeImage(bytes, 'x');
    expect([image.height, image.width]).toEqual([4, 8]);
    expect(image.pixels).toHaveLength(4 * 8 * 3);
    expect([pixelAt(image, 0, 0), pixelAt(image, 7, 3)]).toEqual([[255, 0, 0], [0, 0, 255]]); // prettier-ignore
  });

  it('reads JPEG', async () => {
    const bytes = await redBlue().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
    const [r, g, b] = pixelAt(await decodeImage(bytes, 'x'), 0, 0);
    expect(r).toBeGreaterThan(240);
    expect(Math.max(g, b)).toBeLessThan(15);
  });

  it('turns the image upright', async () => {
    // Orientation 6: the camera was turned, the picture is to be rotated by 90 degrees clockwise.
    const bytes = await redBlue().jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
    const image = await decodeImage(bytes, 'x');
    expect([image.height, image.width]).toEqual([8, 4]);
    const [top, bottom] = [pixelAt(image, 1, 0), pixelAt(image, 1, 7)];
    expect(top[0]).toBeGreaterThan(200); // the left, red, side is now the upper one
    expect(bottom[2]).toBeGreaterThan(200);
  });

  it('makes three channels of grey', async () => {
    const grey = await sharp(Buffer.from([0, 128, 255, 64]), { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(1);
    expect([...(await decodeImage(grey, 'x')).pixels]).toEqual([
      0, 0, 0, 128, 128, 128, 255, 255, 255, 64, 64, 64,
    ]);
  });

  it('makes 8 bits of 16', async () => {
    const deep = await sharp(Uint16Array.from([0, 0x8080, 0xffff]), {
      raw: { width: 1, height: 1, channels: 3 },
    })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(deep, 'x')).pixels]).toEqual([0, 128, 255]);
  });

  it('converts CMYK', async () => {
    const cmyk = await redBlue().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const image = await decodeImage(cmyk, 'x');
    expect(image.pixels).toHaveLength(4 * 8 * 3);
    const [r, , b] = pixelAt(image, 1, 1);
    expect(r).toBeGreaterThan(b + 100);
  });

  it('drops transparency', async () => {
    const bytes = await redBlue().ensureAlpha(0.5).png().toBuffer();
    expect((await decodeImage(bytes, 'x')).pixels).toHaveLength(4 * 8 * 3);
  });

  it.each(['jpeg', 'png', 'webp'] as const)('says that a %s is cut off', async (format) => {
    const bytes = await noise(64, 64).toFormat(format).toBuffer();
    await errorOf(bytes.subarray(0, Math.floor(bytes.length / 2)), 'data/image-truncated');
  });

  it('says what a file is that is not an image', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    expect((await errorOf(Buffer.from(svg), 'data/not-an-image')).message).toContain('SVG');
    expect((await errorOf(Buffer.from('not a picture'), 'data/not-an-image')).message).toContain('text');
    expect((await errorOf(new Uint8Array(0), 'data/not-an-image')).message).toContain('empty');
    expect((await errorOf(Uint8Array.from([7, 0, 0, 1]), 'data/not-an-image')).message).toContain(
      'no image format',
    );
    const gif = await redBlue().gif().toBuffer();
    expect((await errorOf(gif, 'data/not-an-image')).message).toContain('GIF');
  });

  it('says that the content is damaged', async () => {
    const bytes = await noise(32, 32).png().toBuffer();
    bytes.fill(0, 60, bytes.length - 40); // the compressed data; the end marker stays
    await errorOf(bytes, 'data/image-corrupt');
  });

  it('refuses an image of too many pixels before decoding it', async () => {
    const side = Math.ceil(Math.sqrt(MAX_PIXELS)) + 1;
    const bytes = await sharp({ create: { width: side, height: side, channels: 3, background: 'white' } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    await errorOf(bytes, 'data/image-too-large');
  });
});
