import sharp from 'sharp';
import { assertDecodable } from './assert-decodable.js';

const image = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'white' } });

it.each([
  ['JPEG', () => image(30, 20).jpeg().toBuffer()],
  ['progressive JPEG', () => image(30, 20).jpeg({ progressive: true }).toBuffer()],
  ['PNG', () => image(30, 20).png().toBuffer()],
  ['interlaced PNG', () => image(30, 20).png({ progressive: true }).toBuffer()],
  ['WebP', () => image(30, 20).webp().toBuffer()],
  ['lossless WebP', () => image(30, 20).webp({ lossless: true }).toBuffer()],
])('a %s has the pixels that its header says', async (_, make) => {
  const bytes = await make();
  expect(() => assertDecodable(bytes, 'x', 600)).not.toThrow();
  expect(() => assertDecodable(bytes, 'x', 599)).toThrow('x has 30 x 20 pixels');
});

it('refuses what only says that it has too many pixels', async () => {
  const bytes = await image(3, 2).png().toBuffer();
  bytes.writeUInt32BE(100_000, 16);
  bytes.writeUInt32BE(100_000, 20);
  expect(() => assertDecodable(bytes, 'x')).toThrow('100000 x 100000 pixels');
});

it('refuses a file of another kind by what is in it', () => {
  expect(() => assertDecodable(Buffer.from('GIF89a'), 'a.jpg')).toThrow('a.jpg is a GIF');
});

it('leaves a header that is cut off to the decoder', async () => {
  for (const make of [image(30, 20).jpeg(), image(30, 20).png(), image(30, 20).webp()]) {
    const bytes = await make.toBuffer();
    for (const length of [12, 16, 23, 40])
      expect(() => assertDecodable(bytes.subarray(0, length), 'x', 1e9)).not.toThrow();
  }
});
