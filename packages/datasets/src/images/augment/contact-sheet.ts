import type { ImageSize } from '@polytag/core';
import type { LabelledDataset } from '../../dataset/labelled-dataset.js';
import { readImage, type RgbImage } from '../decode-image.js';
import { resizeBilinear } from '../resize-bilinear.js';
import { augmentImage, type EpochAugmentation } from './augment-image.js';

/** White pixels between the tiles and around them. */
const GAP = 4;

export interface ContactSheetOptions extends ImageSize, Omit<EpochAugmentation, 'epoch'> {
  /** Maximum number of images, one per row. */
  readonly rows: number;
  /** Number of versions of each image: those of the first epochs. */
  readonly epochs: number;
}

export interface ContactSheet {
  readonly sheet: RgbImage;
  /** Names of the images, one per row. */
  readonly names: readonly string[];
}

/**
 * Draws a contact sheet of training images, spread over the data set, one per row. The first tile is the resized image,
 * the others are its augmented versions in the first epochs. Mixing of images is not shown.
 *
 * @throws DataError for an unusable image
 */
export async function contactSheet(
  dataset: LabelledDataset,
  { rows, epochs, height, width, ...augmentation }: ContactSheetOptions,
): Promise<ContactSheet> {
  const count = Math.min(rows, dataset.images.length);
  const sheet = blank(count * (height + GAP) + GAP, (epochs + 1) * (width + GAP) + GAP);
  const names: string[] = [];
  for (let row = 0; row < count; row++) {
    const index = Math.floor((row * dataset.images.length) / count);
    const { name, path } = dataset.images[index];
    const original = { pixels: resizeBilinear(await readImage(path), { height, width }), height, width };
    const versions = Array.from({ length: epochs }, (_, epoch) =>
      augmentImage(original, index, { ...augmentation, epoch }),
    );
    [original, ...versions].forEach((tile, column) =>
      paste(sheet, tile, GAP + row * (height + GAP), GAP + column * (width + GAP)),
    );
    names.push(name);
  }
  return { sheet, names };
}

function blank(height: number, width: number): RgbImage {
  return { pixels: new Uint8Array(height * width * 3).fill(255), height, width };
}

function paste(onto: RgbImage, { pixels, height, width }: RgbImage, top: number, left: number): void {
  for (let y = 0; y < height; y++) {
    onto.pixels.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * onto.width + left) * 3);
  }
}
