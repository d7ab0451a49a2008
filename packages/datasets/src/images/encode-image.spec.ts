import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeImage } from './decode-image.js';
import { encodePng, readThumbnail } from './encode-image.js';
import { imageFormat } from './image-format.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-thumbnail-'))));
afterAll(() => rm(folder, { recursive: true }));

/** A file whose left half is red, its right half blue. */
async function flag(height: number, width: number): Promise<string> {
  const pixels = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) pixels[3 * i + (i % width < width / 2 ? 0 : 2)] = 200;
  const path = join(folder, `${height}x${width}.png`);
  await writeFile(path, await encodePng({ pixels, height, width }));
  return path;
}

it('keeps every pixel in a PNG', async () => {
  const image = {
    pixels: Uint8Array.from({ length: 5 * 7 * 3 }, (_, i) => (i * 89) % 256),
    height: 5,
    width: 7,
  };
  const { pixels, height, width } = await decodeImage(await encodePng(image), 'the PNG');
  expect([height, width]).toEqual([5, 7]);
  expect([...pixels]).toEqual([...image.pixels]);
});

it('makes a thumbnail small, and keeps its shape and colours', async () => {
  const { type, bytes } = await readThumbnail(await flag(60, 120), 40);
  expect([type, imageFormat(bytes)]).toEqual(['image/jpeg', 'jpeg']);
  const { pixels, height, width } = await decodeImage(bytes, 'thumbnail');
  expect([height, width]).toEqual([20, 40]);
  const levels = (x: number) => [...pixels.subarray(3 * (10 * 40 + x), 3 * (10 * 40 + x) + 3)];
  // JPEG is not exact.
  [200, 0, 0].forEach((level, c) => expect(Math.abs(levels(5)[c] - level)).toBeLessThan(8));
  [0, 0, 200].forEach((level, c) => expect(Math.abs(levels(35)[c] - level)).toBeLessThan(8));
});

it('does not enlarge, and gives the same bytes for the same pixels', async () => {
  const path = await flag(9, 14);
  const { bytes } = await readThumbnail(path);
  expect(await decodeImage(bytes, 'thumbnail')).toMatchObject({ height: 9, width: 14 });
  expect((await readThumbnail(path)).bytes).toEqual(bytes);
});
