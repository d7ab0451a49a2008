import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { decodeImage } from '../decode-image.js';
import { exifOrientation, orientationExif } from './exif-orientation.js';
import { joined } from './image-container.js';
import { pngChunk } from './png-container.js';
import { readContainer } from './read-container.js';
import { webpChunk } from './webp-container.js';

const text = (value: string) => Uint8Array.from(value, (letter) => letter.charCodeAt(0));
const [width, height] = [20, 12];
const photo = () =>
  sharp(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    { raw: { width, height, channels: 3 } },
  );
/** Megabytes of zeros, in a thousandth of that. */
const bomb = deflateSync(new Uint8Array(20e6));

const HEADER_END = 33;
const withChunks = (png: Uint8Array, ...chunks: Uint8Array[]) =>
  joined([png.subarray(0, HEADER_END), ...chunks, png.subarray(HEADER_END)]);
const withSegments = (jpeg: Uint8Array, ...segments: Uint8Array[]) =>
  joined([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
const segment = (marker: number, data: Uint8Array) =>
  joined([Uint8Array.of(0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255), data]);
/** A simple WebP as an extended one, with further chunks behind the picture. */
const withRiff = (webp: Uint8Array, flags: number, ...chunks: Uint8Array[]) => {
  const header = Uint8Array.of(flags, 0, 0, 0, width - 1, 0, 0, height - 1, 0, 0);
  const file = joined([webp.subarray(0, 12), webpChunk('VP8X', header), webp.subarray(12), ...chunks]);
  new DataView(file.buffer).setUint32(4, file.length - 8, true);
  return file;
};
const names = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

describe('readContainer', () => {
  it.each([
    ['zTXt', joined([text('Comment\0\0'), bomb])],
    ['iTXt', joined([text('XML:com.adobe.xmp\0\x01\0\0\0'), bomb])],
    ['tEXt', joined([text('Comment\0'), new Uint8Array(1e6).fill(65)])],
    ['iCCP', joined([text('profile\0\0'), bomb])],
    ['eXIf', joined([text('II*\0'), new Uint8Array(1e6)])],
  ])('drops %s of a PNG that decoding does not need', async (type, data) => {
    const plain = await photo().png().toBuffer();
    const { bytes } = readContainer('png', withChunks(plain, pngChunk(type, data)));
    expect(Buffer.compare(bytes, plain)).toBe(0);
  });

  it('drops metadata of a JPEG', async () => {
    const plain = await photo().jpeg().toBuffer();
    const full = withSegments(
      plain,
      segment(0xe1, joined([text('http://ns.adobe.com/xap/1.0/\0'), new Uint8Array(60000)])),
      segment(0xed, joined([text('Photoshop 3.0\0'), new Uint8Array(60000)])),
      segment(0xfe, text('a comment')),
      segment(0xe1, joined([text('Exif\0\0II*\0'), new Uint8Array(60000)])),
    );
    expect(Buffer.compare(readContainer('jpeg', full).bytes, plain)).toBe(0);
    expect(Buffer.compare(readContainer('jpeg', joined([plain, new Uint8Array(9)])).bytes, plain)).toBe(0);
  });

  it('knows a JPEG with a segment before its picture that is longer than the file', async () => {
    const plain = await photo().jpeg().toBuffer();
    const isCut = (bytes: Uint8Array) => readContainer('jpeg', bytes).lacks?.includes('truncated') ?? false;
    expect(isCut(withSegments(plain, Uint8Array.of(0xff, 0xe5, 0xff, 0xff)))).toBe(true);
    const tables = plain.indexOf('\xff\xc4', 0, 'latin1');
    expect(isCut(Uint8Array.from(plain).fill(0xff, tables + 2, tables + 4))).toBe(true);
    expect(isCut(withSegments(plain, segment(0xe5, new Uint8Array(9))))).toBe(false);
    expect(isCut(joined([plain, Uint8Array.of(0xff, 0xe5, 0xff, 0xff)]))).toBe(false);
  });

  it('drops metadata of a WebP, and its flags', async () => {
    const plain = await photo().webp().toBuffer();
    const full = withRiff(plain, 0x2c, webpChunk('EXIF', new Uint8Array(9)), webpChunk('XMP ', text('<x/>')));
    const { bytes } = readContainer('webp', full);
    expect(names(bytes)).not.toMatch(/EXIF|XMP /);
    expect(bytes[20]).toBe(0);
    expect((await decodeImage(full, 'x')).pixels).toEqual((await decodeImage(plain, 'x')).pixels);
  });

  it.each(['png', 'jpeg', 'webp'] as const)('keeps the orientation and a profile of a %s', async (format) => {
    for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
      const bytes = await photo().withMetadata({ orientation, icc: 'p3' }).toFormat(format).toBuffer();
      const container = readContainer(format, bytes);
      expect(container).toMatchObject({ width, height, orientation });
      const straight = await sharp(bytes).autoOrient().toColourspace('srgb').raw().toBuffer();
      expect(Buffer.compare((await decodeImage(bytes, 'x')).pixels, straight)).toBe(0);
      expect((await sharp(container.bytes).metadata()).icc).toBeDefined();
    }
  });

  it('does not copy a file without metadata', async () => {
    for (const image of [
      photo().jpeg(),
      photo().jpeg({ progressive: true }),
      photo().png(),
      photo().webp(),
    ]) {
      const { data, info } = await image.toBuffer({ resolveWithObject: true });
      const { bytes } = readContainer(info.format as 'png', data);
      expect([bytes.buffer, bytes.byteOffset, bytes.length]).toEqual([data.buffer, data.byteOffset, data.length]); // prettier-ignore
      expect(bytes.buffer).toBe(data.buffer);
    }
  });

  it('knows what a decoder holds', async () => {
    const pixels = width * height;
    const held = async (image: ReturnType<typeof photo>) => {
      const bytes = await image.toBuffer({ resolveWithObject: true });
      return readContainer(bytes.info.format as 'png', bytes.data).heldBytes / pixels;
    };
    expect(await held(photo().png())).toBe(0);
    expect(await held(photo().png({ progressive: true }))).toBe(3);
    expect(await held(photo().ensureAlpha().toColourspace('rgb16').png({ progressive: true }))).toBe(8);
    expect(await held(photo().jpeg())).toBe(0);
    expect(await held(photo().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }))).toBe(6);
    expect(await held(photo().jpeg({ progressive: true, chromaSubsampling: '4:2:0' }))).toBe(3);
  });

  it.each(['png', 'jpeg', 'webp'] as const)(
    'does not fail on any start of a %s, nor on any changed byte',
    async (format) => {
      const bytes = await photo().withMetadata({ orientation: 6, icc: 'p3' }).toFormat(format).toBuffer();
      for (let end = 0; end <= bytes.length; end++) readContainer(format, bytes.subarray(0, end));
      for (let at = 0; at < bytes.length; at++) {
        const changed = Uint8Array.from(bytes);
        changed[at] ^= 0xff;
        readContainer(format, changed);
      }
    },
  );
});

describe('exifOrientation', () => {
  it('reads both byte orders, and nothing that is no orientation', () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      expect(exifOrientation(orientationExif(orientation))).toBe(orientation);
    }
    const big = Uint8Array.from([
      0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
    ]);
    expect(exifOrientation(big)).toBe(6);
    for (const orientation of [0, 9]) expect(exifOrientation(orientationExif(orientation))).toBeUndefined();
    for (let end = 0; end < 20; end++) expect(exifOrientation(big.subarray(0, end))).toBeUndefined();
  });
});
