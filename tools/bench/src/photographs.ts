import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import type { LabelVocabulary } from '@polytag/core';
import { readLabelFile } from '@polytag/datasets';
import { writeScenes } from '@polytag/datasets/scenes';
import { buildModel, saveModel } from '@polytag/model';

/** Built-in scenes that are drawn when no data are given, and used again and again. */
const SCENES = { train: 128, validation: 1, size: 320 };

export interface PhotographsOptions {
  /** Label file. */
  readonly data?: string;
  readonly images: number;
  /** Of as many images, those that are torn files. Default 0. */
  readonly bad?: number;
}

/** Photographs of a label file, or of scenes that are drawn, again and again where there are fewer than are wanted. */
export async function photographs(
  { data, images: wanted, bad = 0 }: PhotographsOptions,
  folder: string,
  streams: Streams,
): Promise<{ readonly paths: readonly string[]; readonly labels: LabelVocabulary }> {
  const progress = new Progress(streams.err);
  const onProgress = (done: number, total: number) =>
    progress.update({ label: 'drawing scenes', done, total });
  const file = data ?? (await writeScenes({ folder, ...SCENES, onProgress })).train;
  const { images, labels } = await readLabelFile(file);
  const paths = Array.from(
    { length: Math.max(wanted, images.length) },
    (_, i) => images[i % images.length].path,
  );
  for (let i = 0; i < bad; i++) {
    const at = Math.floor(((i + 0.5) * wanted) / bad);
    const torn = join(folder, `torn-${i}.jpg`);
    const whole = await readFile(paths[at]);
    await writeFile(torn, whole.subarray(0, whole.length / 2));
    paths[at] = torn;
  }
  return { paths, labels };
}

/** Saves MobileNetV3-Small with a linear head and random weights. */
export async function randomModel(folder: string, labels: LabelVocabulary, size: number): Promise<string> {
  const config = { backbone: { name: 'mobilenet-v3-small' }, head: { name: 'linear' } };
  const model = await buildModel(config, { labels, height: size, width: size });
  await saveModel(model, folder);
  model.dispose();
  return folder;
}
