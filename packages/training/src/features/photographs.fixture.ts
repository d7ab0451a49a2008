import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabelVocabulary, RandomStream, type PixelNormalisation } from '@polytag/core';
import { encodePng, type LabelledDataset } from '@polytag/datasets';
import { buildModel, type MultiLabelModel } from '@polytag/model';

export const labels = new LabelVocabulary(['blue', 'green', 'red']);
const SIDE = 12;

/** Writes a picture of random pixels, whose colours tell its labels. */
export async function writePhotograph(path: string, seed: number): Promise<readonly number[]> {
  const random = new RandomStream(seed, 'photograph');
  const present = labels.names.map(() => random.integer(2));
  const pixels = Uint8Array.from(
    { length: SIDE * SIDE * 3 },
    (_, i) => random.integer(128) + 127 * present[2 - (i % 3)],
  );
  await writeFile(path, await encodePng({ pixels, height: SIDE, width: SIDE }));
  return present.flatMap((on, label) => (on ? [label] : []));
}

/** A data set of PNG files in a folder. */
export async function photographs(folder: string, count: number, firstSeed = 0): Promise<LabelledDataset> {
  await mkdir(folder, { recursive: true });
  const images = [];
  for (let i = 0; i < count; i++) {
    const path = join(folder, `${i}.png`);
    images.push({ name: `${i}.png`, path, labels: await writePhotograph(path, firstSeed + i) });
  }
  return { source: folder, labels, images, unknownLabels: new Map() };
}

export interface SmallModelOptions {
  readonly seed?: number;
  readonly side?: number;
  readonly head?: string;
  readonly normalisation?: PixelNormalisation;
}

/** A quarter of MobileNetV3-Small at 32 pixels: made of built-in parts, so that it loads again. */
export function smallModel({
  seed = 3,
  side = 32,
  head = 'linear',
  normalisation,
}: SmallModelOptions = {}): Promise<MultiLabelModel> {
  return buildModel(
    {
      backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
      head: { name: head, options: head === 'ml-decoder' ? { embedding: 32 } : {} },
    },
    { labels, height: side, width: side, seed, normalisation },
  );
}
