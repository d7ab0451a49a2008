import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError } from '@polytag/core';
import sharp, { type Sharp } from 'sharp';
import type { LabelledImage } from '../dataset/labelled-dataset.js';
import { drawScene } from '../scenes/scene.js';
import { nearDuplicateGroups } from './near-duplicate-groups.js';

const SIZE = 160;
let folder: string;
let drawn: readonly Uint8Array[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-duplicates-'));
  drawn = Array.from({ length: 5 }, (_, index) => drawScene({ seed: 3, index, size: SIZE }).pixels);
});
afterAll(() => rm(folder, { recursive: true }));

const scene = (index: number) => sharp(drawn[index], { raw: { height: SIZE, width: SIZE, channels: 3 } });

async function saved(name: string, image: Sharp): Promise<LabelledImage> {
  await image.toFile(join(folder, name));
  return { name, path: join(folder, name), labels: [] };
}

it.each<[what: string, copy: (image: Sharp) => Sharp]>([
  ['half as large', (image) => image.resize(SIZE / 2).png()],
  ['half as wide', (image) => image.resize(SIZE / 2, SIZE, { fit: 'fill' }).png()],
  ['larger', (image) => image.resize(3 * SIZE).webp({ quality: 80 })],
  ['compressed a lot', (image) => image.jpeg({ quality: 12 })],
  ['without 5 % at the right and the bottom', (image) => image.extract(box(0, 0, 0.95)).jpeg()],
  ['without 5 % at the left and the top', (image) => image.extract(box(0.05, 0.05, 0.95)).jpeg()],
  ['without 5 % at each edge', (image) => image.extract(box(0.05, 0.05, 0.9)).jpeg({ quality: 70 })],
  [
    'cropped, smaller, and compressed',
    (image) =>
      image
        .extract(box(0.02, 0, 0.96))
        .resize(100)
        .jpeg({ quality: 40 }),
  ],
  ['brighter', (image) => image.linear(0.8, 30).png()],
])('finds the copy that is %s, and no other picture', async (_, copy) => {
  const images: LabelledImage[] = [];
  for (let i = 0; i < 5; i++) images.push(await saved(`${i}.png`, scene(i).png()));
  const changed = sharp(await copy(scene(4).png()).toBuffer());
  const { format } = await changed.metadata();
  images.push(await saved(`copy.${format}`, changed));
  const { group, pairs, bad } = await nearDuplicateGroups(images);
  expect([[...group], bad]).toEqual([[0, 1, 2, 3, 4, 4], []]);
  expect(pairs).toEqual([{ first: 4, second: 5, kind: 'near', similarity: expect.any(Number) }]);
  expect(pairs[0].similarity).toBeGreaterThan(0.93);
  expect(pairs[0].similarity).toBeLessThanOrEqual(1);
});

const box = (left: number, top: number, share: number) => ({
  left: Math.round(left * SIZE),
  top: Math.round(top * SIZE),
  width: Math.round(share * SIZE),
  height: Math.round(share * SIZE),
});

it.each<[what: string, other: (image: Sharp) => Sharp]>([
  [
    'a small thing has come',
    (image) =>
      image.composite([
        {
          input: Buffer.from(
            `<svg width="26" height="26"><circle cx="13" cy="13" r="10" fill="#fff" stroke="#000" stroke-width="4"/></svg>`,
          ),
          left: 60,
          top: 80,
        },
      ]),
  ],
  ['the colours are others', (image) => image.modulate({ hue: 120, saturation: 1.5 })],
  ['it is mirrored', (image) => image.flop()],
])('takes pictures for different where %s', async (_, other) => {
  const images = [await saved('one.png', scene(4).png()), await saved('other.png', other(scene(4)).png())];
  expect((await nearDuplicateGroups(images)).pairs).toEqual([]);
});

it('groups files of the same bytes, whatever they show, and goes on past those that cannot be read', async () => {
  const grey = sharp({ create: { width: 60, height: 40, channels: 3, background: '#888' } });
  const images = [
    await saved('grey.png', grey.clone().png()),
    await saved('broken.png', scene(0).png()),
    await saved('grey-2.png', grey.clone().png()),
    await saved('scene.png', scene(0).png()),
    await saved('other-grey.png', grey.clone().resize(90, 60).png()),
    await saved('grey-3.png', grey.clone().png()),
  ];
  await writeFile(images[1].path, 'no picture');
  const { group, pairs, bad } = await nearDuplicateGroups(images);
  expect([...group]).toEqual([0, 1, 0, 3, 4, 0]);
  expect(pairs).toEqual([
    { first: 0, second: 2, kind: 'exact', similarity: 1 },
    { first: 0, second: 5, kind: 'exact', similarity: 1 },
  ]);
  expect(bad).toEqual([
    { index: 1, name: 'broken.png', error: expect.objectContaining({ code: 'data/not-an-image' }) },
  ]);
});

it('tells how far it is, and stops', async () => {
  const images: LabelledImage[] = [];
  for (let i = 0; i < 20; i++)
    images.push(
      await saved(
        `many-${i}.png`,
        scene(i % 5)
          .resize(64)
          .png(),
      ),
    );
  const done: number[] = [];
  await nearDuplicateGroups(images, { report: (count) => done.push(count) });
  expect(done).toEqual([16, 20]);
  const stopped = nearDuplicateGroups(images, { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toBeInstanceOf(InterruptedError);
});
