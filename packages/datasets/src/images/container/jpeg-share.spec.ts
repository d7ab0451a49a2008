import sharp from 'sharp';
import { decodeImage } from '../decode-image.js';
import { joined } from './image-container.js';
import { jpegSegments, SOS } from './jpeg-container.js';
import { jpegShare } from './jpeg-share.js';

const photo = (width = 160, height = 160) =>
  sharp(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    { raw: { width, height, channels: 3 } },
  );
const END = Uint8Array.of(0xff, 0xd9);

/** With the first of its scans cut to a share of its data, and those after it left out; then the end marker. */
function cut(jpeg: Uint8Array, share: number): Uint8Array {
  const kept: Uint8Array[] = [jpeg.subarray(0, 2)];
  for (const { marker, bytes, coded } of jpegSegments(jpeg)) {
    if (marker !== SOS || !coded) kept.push(bytes);
    else
      return joined([...kept, bytes.subarray(0, bytes.length - Math.round(coded.length * (1 - share))), END]);
  }
  throw new Error('no scan');
}

const kinds = [
  ['baseline', { chromaSubsampling: '4:4:4' }],
  ['baseline with small colours', { chromaSubsampling: '4:2:0' }],
  ['optimised codes', { optimiseCoding: true }],
  ['mozjpeg', { mozjpeg: true }],
  ['progressive', { progressive: true }],
] as const;

describe.each(kinds)('%s', (_, options) => {
  it('has its share of the picture', async () => {
    for (const [width, height] of [
      [160, 160],
      [131, 77],
      [8, 8],
      [1, 1],
    ]) {
      expect(jpegShare(await photo(width, height).jpeg(options).toBuffer())).toBe(1);
    }
    const whole = await photo().jpeg(options).toBuffer();
    for (const share of [0.25, 0.5, 0.85]) {
      // Noise takes as many bytes everywhere.
      expect(Math.abs(jpegShare(cut(whole, share)) - share)).toBeLessThan(0.05);
    }
  });

  it('is refused when more than a tenth of the picture is missing', async () => {
    const whole = await photo().jpeg(options).toBuffer();
    await expect(decodeImage(cut(whole, 0.6), 'a.jpg')).rejects.toMatchObject({
      code: 'data/image-truncated',
      message: expect.stringMatching(/^a\.jpg has \d+ % of its picture\.$/),
    });
    expect((await decodeImage(cut(whole, 0.97), 'a.jpg')).height).toBe(160);
  });
});

it.each(kinds)('of %s is refused when zeros stand in place of the rest', async (_, options) => {
  const whole = await photo().jpeg(options).toBuffer();
  // What a download leaves that reserved the room.
  const reserved = Uint8Array.from(whole).fill(0, whole.length * 0.7);
  await expect(decodeImage(reserved, 'a.jpg')).rejects.toMatchObject({ code: 'data/image-truncated' });
});

it('takes a progressive picture whose first scan is all there is', async () => {
  const whole = await photo().jpeg({ progressive: true }).toBuffer();
  expect(jpegShare(cut(whole, 1))).toBe(1);
  expect((await decodeImage(cut(whole, 1), 'a.jpg')).height).toBe(160);
});

it('takes what libjpeg warns of and does no harm', async () => {
  const jpeg = await photo().jpeg().toBuffer();
  const inScan = jpeg.length - 2;
  const extraneous = joined([jpeg.subarray(0, inScan), Uint8Array.of(0xff, 0xfe, 0, 2, 1, 2, 3), END]);
  const pixels = async (bytes: Uint8Array) => Buffer.from((await decodeImage(bytes, 'a.jpg')).pixels);
  expect(Buffer.compare(await pixels(extraneous), await pixels(jpeg))).toBe(0);
});

it('counts from each restart marker anew', () => {
  // One component, 8 x 32 pixels, a restart after every block; codes of one bit each: a block is two bits.
  const code = (kind: number) => [0xff, 0xc4, 0, 20, kind, 1, ...new Array<number>(15).fill(0), 0];
  const head = [0xff, 0xd8, ...code(0x00), ...code(0x10)].concat(
    [0xff, 0xc0, 0, 11, 8, 0, 32, 0, 8, 1, 1, 0x11, 0],
    [0xff, 0xdd, 0, 4, 0, 1],
    [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0],
  );
  const blocks = (...present: boolean[]) =>
    Uint8Array.from([...head, ...present.flatMap((is, i) => [...(is ? [0x3f] : []), 0xff, 0xd0 + i])]);
  expect(jpegShare(blocks(true, true, true, true))).toBe(1);
  expect(jpegShare(blocks(true, false, true, true))).toBe(0.75);
  expect(jpegShare(blocks(false, false, false, true))).toBe(0.25);
});

it.each([
  ['nothing but headers', 0],
  ['a few bytes of a large picture', 0.001],
])('refuses %s before it decodes', async (_, share) => {
  const jpeg = await photo(640, 640).jpeg().toBuffer();
  await expect(decodeImage(cut(jpeg, share), 'a.jpg')).rejects.toMatchObject({
    code: 'data/image-truncated',
    message: 'a.jpg has too little data for its size.',
  });
});
