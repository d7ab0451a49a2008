import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { decodeImage } from './decode-image.js';
import { encodeOverlay, encodePng, readOverlaid, readThumbnail } from './encode-image.js';
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
  const { type, bytes, size } = await readThumbnail(await flag(60, 120), 40);
  expect(size).toEqual({ height: 20, width: 40 });
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

it('lays pictures over an image, each stretched over all of it, and keeps what is clear', async () => {
  const green = [0, 200, 0, 255];
  const clear = [0, 0, 0, 0];
  const overlays = [
    {
      pixels: Uint8Array.from([clear, clear, green, green].flatMap((row) => [...row, ...row])),
      height: 4,
      width: 2,
    },
    { pixels: Uint8Array.from(clear), height: 1, width: 1 },
  ];
  const sizes: object[] = [];
  const overlaysFor = (size: object) => {
    sizes.push(size);
    return overlays;
  };
  const pictures = await readOverlaid(await flag(60, 120), overlaysFor, { edge: 60 });
  expect(sizes).toMatchObject([{ height: 30, width: 60 }]);
  const [half, nothing] = await Promise.all(pictures.map((bytes) => decodeImage(bytes, 'picture')));
  expect([half.height, half.width]).toEqual([30, 60]);
  const levels = ({ pixels }: typeof half, x: number, y: number) => pixels.subarray(3 * (y * 60 + x));
  const isNear = (found: Uint8Array, wanted: number[]) =>
    wanted.forEach((level, c) => expect(Math.abs(found[c] - level)).toBeLessThan(12));
  isNear(levels(half, 5, 2), [200, 0, 0]);
  isNear(levels(half, 55, 2), [0, 0, 200]);
  isNear(levels(half, 5, 27), [0, 200, 0]);
  isNear(levels(half, 55, 27), [0, 200, 0]);
  isNear(levels(nothing, 5, 27), [200, 0, 0]);
});

it('keeps the opacity of an overlay in a PNG', async () => {
  const pixels = Uint8Array.from({ length: 2 * 3 * 4 }, (_, i) => (i * 37) % 256);
  const { data, info } = await sharp(await encodeOverlay({ pixels, height: 2, width: 3 }))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.height, info.width, info.channels]).toEqual([2, 3, 4]);
  expect([...data]).toEqual([...pixels]);
});
