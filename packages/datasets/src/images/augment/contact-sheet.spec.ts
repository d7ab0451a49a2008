import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabelVocabulary } from '@polytag/core';
import type { LabelledDataset } from '../../dataset/labelled-dataset.js';
import type { RgbImage } from '../decode-image.js';
import { encodePng } from '../encode-image.js';
import { resizeBilinear } from '../resize-bilinear.js';
import { augmentImage } from './augment-image.js';
import { augmentationSchema } from './augmentation-settings.js';
import { contactSheet } from './contact-sheet.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-sheet-'))));
afterEach(() => rm(folder, { recursive: true }));

const imageOf = (index: number): RgbImage => ({
  pixels: Uint8Array.from({ length: 6 * 5 * 3 }, (_, i) => (i * 7 + index * 31) % 256),
  height: 6,
  width: 5,
});

async function dataset(count: number): Promise<LabelledDataset> {
  const names = Array.from({ length: count }, (_, i) => `${i}.png`);
  for (const [i, name] of names.entries()) await writeFile(join(folder, name), await encodePng(imageOf(i)));
  return {
    source: folder,
    labels: new LabelVocabulary(['cat', 'dog']),
    images: names.map((name) => ({ name, path: join(folder, name), labels: [] })),
  } as unknown as LabelledDataset;
}

/** The pixels of a tile, by its row and column on a sheet of tiles of 8 x 9 pixels with gaps of 4. */
function tileOf({ pixels, width }: RgbImage, row: number, column: number): number[] {
  const [top, left] = [4 + row * 12, 4 + column * 13];
  return Array.from({ length: 8 }, (_, y) => [
    ...pixels.subarray(((top + y) * width + left) * 3, ((top + y) * width + left + 9) * 3),
  ]).flat();
}

it('shows each image as it is, then as the first epochs change it', async () => {
  const augmentation = {
    augment: augmentationSchema.parse({ randAugment: true, cutout: true }),
    flipProbability: 0.5,
    seed: 3,
  };
  const size = { height: 8, width: 9 };
  const { sheet, names } = await contactSheet(await dataset(5), {
    rows: 2,
    epochs: 3,
    ...size,
    ...augmentation,
  });
  // Two of five, spread over the set.
  expect(names).toEqual(['0.png', '2.png']);
  expect([sheet.height, sheet.width]).toEqual([4 + 2 * 12, 4 + 4 * 13]);
  for (const [row, index] of [0, 2].entries()) {
    const original = { pixels: resizeBilinear(imageOf(index), size), ...size };
    expect(tileOf(sheet, row, 0)).toEqual([...original.pixels]);
    for (let epoch = 0; epoch < 3; epoch++) {
      const changed = augmentImage(original, index, { ...augmentation, epoch });
      expect(tileOf(sheet, row, epoch + 1)).toEqual([...changed.pixels]);
    }
  }
  // Between the tiles it is white.
  expect([...sheet.pixels.subarray(0, 4 * sheet.width * 3)].every((value) => value === 255)).toBe(true);
});

it('has a row for each image of a small set', async () => {
  const { sheet, names } = await contactSheet(await dataset(1), {
    rows: 4,
    epochs: 0,
    height: 8,
    width: 9,
    augment: augmentationSchema.parse({}),
    flipProbability: 0,
    seed: 3,
  });
  expect(names).toEqual(['0.png']);
  expect([sheet.height, sheet.width]).toEqual([16, 17]);
});
