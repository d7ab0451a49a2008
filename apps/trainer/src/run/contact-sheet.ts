import {
  augmentImage,
  readImage,
  resizeBilinear,
  type LabelledDataset,
  type RgbImage,
} from '@polytag/datasets';
import type { RunConfig } from '../config/run-config.js';

/** White pixels between the tiles and around them. */
const GAP = 4;

export interface ContactSheet {
  readonly sheet: RgbImage;
  /** Names of the images, a row each. */
  readonly names: readonly string[];
}

/**
 * What training sees: a row for each of some images, spread over the data set; first the resized image, then as it is
 * in the first epochs. Mixtures of a batch are not shown.
 *
 * @param rows the most images
 * @param epochs versions of each
 */
export async function contactSheet(
  { data, seed }: RunConfig,
  dataset: LabelledDataset,
  { rows, epochs }: { readonly rows: number; readonly epochs: number },
): Promise<ContactSheet> {
  const { height, width, augment, flip: flipProbability } = data;
  const count = Math.min(rows, dataset.images.length);
  const sheet = blank(count * (height + GAP) + GAP, (epochs + 1) * (width + GAP) + GAP);
  const names: string[] = [];
  for (let row = 0; row < count; row++) {
    const index = Math.floor((row * dataset.images.length) / count);
    const { name, path } = dataset.images[index];
    const original = { pixels: resizeBilinear(await readImage(path), data), height, width };
    const versions = Array.from({ length: epochs }, (_, epoch) =>
      augmentImage(original, index, { augment, flipProbability, seed, epoch }),
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
