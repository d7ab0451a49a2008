import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '@polytag/core';
import type { LabelledImage } from '@polytag/datasets';
import sharp, { type Sharp } from 'sharp';

/** Ways in which a copy comes to differ. */
export const COPY_KINDS = ['resized', 'recompressed', 'cropped', 'all three'] as const;
export type CopyKind = (typeof COPY_KINDS)[number];

export interface PlantedCopy {
  readonly kind: CopyKind;
  /** Position of the image that it is a copy of. */
  readonly of: number;
  readonly image: LabelledImage;
  /** What was done. */
  readonly detail: string;
}

/**
 * Writes copies of randomly drawn images, as many of each kind, each of another image: `resized` to 40 to 200 % of the
 * edges, `recompressed` as JPEG of quality 10 to 95, `cropped` by up to 5 % at each of the four edges.
 *
 * @param count copies of all kinds together
 */
export async function plantCopies(
  images: readonly LabelledImage[],
  { count, seed, folder }: { readonly count: number; readonly seed: number; readonly folder: string },
): Promise<readonly PlantedCopy[]> {
  await mkdir(folder, { recursive: true });
  const random = new RandomStream(seed, 'planted-copies');
  const order = random.fork('images').permutation(images.length);
  const copies: PlantedCopy[] = [];
  for (let n = 0; n < count; n++) {
    const of = order[n % images.length];
    const kind = COPY_KINDS[n % COPY_KINDS.length];
    const { made, detail } = await copyOf(images[of].path, kind, random.fork(n));
    const name = `copy-${n}.jpg`;
    const path = join(folder, name);
    await made.toFile(path);
    copies.push({ kind, of, image: { name, path, labels: images[of].labels }, detail });
  }
  return copies;
}

async function copyOf(
  path: string,
  kind: CopyKind,
  random: RandomStream,
): Promise<{ readonly made: Sharp; readonly detail: string }> {
  let { data, info } = await sharp(path)
    .autoOrient()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const details: string[] = [];
  const change = async (how: (image: Sharp) => Sharp, detail: string) => {
    const { width, height } = info;
    const image = how(sharp(data, { raw: { width, height, channels: 3 } }));
    ({ data, info } = await image.raw().toBuffer({ resolveWithObject: true }));
    details.push(detail);
  };
  const is = (one: CopyKind) => kind === one || kind === 'all three';
  if (is('cropped')) {
    const { width, height } = info;
    const [left, right] = [0, 0].map(() => Math.round(0.05 * random.uniform() * width));
    const [top, bottom] = [0, 0].map(() => Math.round(0.05 * random.uniform() * height));
    const box = { left, top, width: width - left - right, height: height - top - bottom };
    await change((image) => image.extract(box), `without ${left}, ${top}, ${right}, ${bottom} pixels`);
  }
  if (is('resized')) {
    const scale = 0.4 + 1.6 * random.uniform();
    const size = [info.width, info.height].map((edge) => Math.max(1, Math.round(scale * edge)));
    await change((image) => image.resize(size[0], size[1], { fit: 'fill' }), `scale ${scale.toFixed(2)}`);
  }
  const quality = is('recompressed') ? 10 + random.integer(86) : 90;
  const { width, height } = info;
  return {
    made: sharp(data, { raw: { width, height, channels: 3 } }).jpeg({ quality }),
    detail: [...details, `quality ${quality}`].join(', '),
  };
}
