import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@polytag/core';
import sharp from 'sharp';
import { decodeImage, MAX_PIXELS, readImage } from './decode-image.js';

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
      'an unknown image format',
    );
    const gif = await redBlue().gif().toBuffer();
    expect((await errorOf(gif, 'data/not-an-image')).message).toContain('GIF');
  });

  it('says that the content is damaged', async () => {
    const bytes = await noise(32, 32).png().toBuffer();
    bytes.fill(0, 60, bytes.length - 40); // the compressed data; the end marker stays
    await errorOf(bytes, 'data/image-corrupt');
  });

  it('says what is wrong with a PNG', async () => {
    const bytes = Uint8Array.from(await noise(32, 32).png().toBuffer());
    const reasonOf = async (at: number, ...values: number[]) => {
      const changed = Uint8Array.from(bytes);
      changed.set(values, at);
      return (await errorOf(changed, 'data/image-corrupt')).message;
    };
    expect(await reasonOf(29, 0)).toContain('the checksum of its header (IHDR) is wrong');
    expect(await reasonOf(16, 0, 0, 0, 0)).toContain('cannot be decoded: ');
    expect(await reasonOf(12, 0x41)).toContain('it does not begin with its header (IHDR)');
    expect(await reasonOf(bytes.length - 30, 1, 2, 3)).toContain('its image data is damaged');
  });

  it('says of each of many damaged images at once what it says of it alone', async () => {
    const jpeg = Uint8Array.from(await noise(64, 64).jpeg().toBuffer());
    const png = Uint8Array.from(await noise(64, 64).png().toBuffer());
    const webp = Uint8Array.from(await noise(64, 64).webp({ lossless: true }).toBuffer());
    const tables = Buffer.from(jpeg).indexOf('\xff\xc4', 'latin1');
    const frame = Buffer.from(jpeg).indexOf('\xff\xc0', 'latin1');
    const damaged = [
      Uint8Array.from(jpeg).fill(255, tables + 5, tables + 21),
      Uint8Array.from(jpeg).fill(0xff, frame + 11, frame + 12),
      Uint8Array.from([...jpeg.subarray(0, jpeg.length / 2), 0xff, 0xd9]),
      Uint8Array.from(jpeg).fill(16, frame + 4, frame + 5),
      Uint8Array.from(png).fill(0, 60, png.length - 40),
      Uint8Array.from(webp).fill(0, 60, webp.length - 40),
    ];
    const said = (bytes: Uint8Array) =>
      decodeImage(bytes, 'x').then(
        () => 'nothing',
        ({ code, message }: DataError) => `${code}: ${message}`,
      );
    const alone: string[] = [];
    for (const bytes of damaged) alone.push(await said(bytes));
    expect(new Set(alone).size).toBe(damaged.length);
    expect(alone).not.toContain('nothing');
    const times = 20;
    const together = await Promise.all(Array.from({ length: times }, () => damaged.map(said)).flat());
    expect(together).toEqual(Array.from({ length: times }, () => alone).flat());
  });

  it('refuses an image of too many pixels before decoding it', async () => {
    const side = Math.ceil(Math.sqrt(MAX_PIXELS)) + 1;
    const bytes = await sharp({ create: { width: side, height: side, channels: 3, background: 'white' } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    await errorOf(bytes, 'data/image-too-large');
  });
});

describe('readImage', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-special-'))));
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['a folder', () => folder],
    ['an endless device', () => '/dev/zero'],
    ['a pipe that nobody writes to', () => join(folder, 'pipe')],
    ['a socket', () => join(folder, 'socket')],
  ])('refuses %s at once', async (_, path) => {
    if (!existsSync(join(folder, 'pipe'))) execFileSync('mkfifo', [join(folder, 'pipe')]);
    const server = createServer().listen(join(folder, 'socket'));
    try {
      await expect(readImage(path())).rejects.toMatchObject({ code: 'data/not-a-file', exitCode: 3 });
    } finally {
      server.close();
    }
  });

  it('refuses a file that is larger than any image before it reads it', async () => {
    const file = join(folder, 'large.jpg');
    await writeFile(file, '');
    await truncate(file, 300e6);
    await expect(readImage(file)).rejects.toMatchObject({ code: 'data/file-too-large' });
    await expect(readImage(file, { maxPixels: 1000 })).rejects.toMatchObject({ code: 'data/file-too-large' });
  });

  it('speaks of a path, since it knows of no list', async () => {
    const error: DataError = await readImage(join(folder, 'x.png')).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'data/image-missing', hint: 'Check the path.' });
  });
});

describe('limits', () => {
  it('are an option', async () => {
    const bytes = await redBlue().png().toBuffer();
    expect((await decodeImage(bytes, 'x', { maxPixels: 2000 })).width).toBe(8);
    await expect(decodeImage(bytes, 'x', { maxPixels: 31 })).rejects.toMatchObject({
      code: 'data/image-too-large',
      message: 'x has 8 x 4 pixels; the limit is 0.000031 million pixels.',
    });
  });

  it('make an image smaller that would take too much at full size', async () => {
    // Interlaced: 3 bytes a pixel in the decoder and 3 of the result, and 4.4 the limit is.
    const [width, height] = [400, 300];
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i % 3 === 0 ? 200 : 40));
    const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png({ progressive: true })
      .toBuffer();
    const maxPixels = width * height;
    const small = await decodeImage(bytes, 'x', { maxPixels });
    expect([small.width, small.height]).toEqual([200, 150]);
    expect(pixelAt(small, 100, 70)).toEqual([200, 40, 40]);
    const turned = await sharp(bytes).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const upright = await decodeImage(turned, 'x', { maxPixels });
    expect([upright.width, upright.height]).toEqual([150, 200]);
    // With room for it the image is what it was.
    expect((await decodeImage(bytes, 'x', { maxPixels: 2 * maxPixels })).width).toBe(width);
  });

  it('take no more memory when they are raised, where a smaller picture will do', async () => {
    const create = { width: 12_000, height: 8_000, channels: 3, background: 'teal' } as const;
    const bytes = await sharp({ create }).jpeg({ quality: 1 }).toBuffer();
    // 288 MB of pixels; 282 are for an image.
    const { width, height } = await decodeImage(bytes, 'x', { maxPixels: 100e6 });
    expect([width, height]).toEqual([6000, 4000]);
  });

  it('leave every image of an eighth of them as large as it is', async () => {
    const maxPixels = 8 * 64 * 64;
    const deep = noise(64, 64).ensureAlpha(0.5).toColourspace('rgb16').withMetadata({ orientation: 6 });
    for (const image of [
      deep.clone().png({ progressive: true }),
      deep.clone().webp({ lossless: true }),
      deep
        .clone()
        .toColourspace('cmyk')
        .jpeg({ progressive: true, quality: 100, chromaSubsampling: '4:4:4' }),
    ]) {
      expect((await decodeImage(await image.toBuffer(), 'x', { maxPixels })).width).toBe(64);
    }
  });

  it('make a WebP smaller that would take too much', async () => {
    for (const lossless of [false, true]) {
      const bytes = await noise(64, 64).webp({ lossless, quality: 1 }).toBuffer();
      expect((await decodeImage(bytes, 'x', { maxPixels: 64 * 64 * 4 })).width).toBe(64);
      expect((await decodeImage(bytes, 'x', { maxPixels: 64 * 64 * 2 })).width).toBe(32);
    }
  });

  it('refuse what the decoder itself would hold', async () => {
    const bytes = await noise(64, 64)
      .toColourspace('rgb16')
      .ensureAlpha()
      .png({ progressive: true })
      .toBuffer();
    await expect(decodeImage(bytes, 'x', { maxPixels: 64 * 64 })).rejects.toMatchObject({
      code: 'data/image-too-large',
      message: expect.stringMatching(/^x needs \d+ kB of memory to decode \(64 x 64 pixels/),
    });
  });
});
