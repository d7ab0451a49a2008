import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '@polytag/cli';
import { counted, DataError, namedAbove, type ResizeRule } from '@polytag/core';
import {
  checkImages,
  type LabelledDataset,
  type BadImage,
  type CheckedImages,
  type CheckImagesOptions,
} from '@polytag/datasets';
import { readTextFile, writeFileAtomically } from '@polytag/files';
import type { RunFolder } from '@polytag/training';
import { resizeOf } from '../config/preprocessing.js';
import type { RunConfig } from '../config/run-config.js';
import { featureFolder } from './feature-folder.js';
import type { RunContext } from './run-context.js';
import type { PixelCaches, RunData } from './run-data.js';

const PARTS = ['train', 'validation'] as const;

/** Images of each part of a run that cannot be used. */
export type BadRunImages = Readonly<Record<(typeof PARTS)[number], readonly BadImage[]>>;

/** Images that a run goes without, by the names that their label file gives them. */
export type SkippedImages = Readonly<Record<(typeof PARTS)[number], readonly string[]>>;

export const NONE_SKIPPED: SkippedImages = { train: [], validation: [] };

export interface UsableData {
  readonly data: RunData;
  readonly skipped: SkippedImages;
  /** What checking the images has decoded. Absent where nothing was checked. */
  readonly caches?: PixelCaches;
}

/**
 * The data of a run without the images that cannot be used. A run that goes on leaves out those that it was
 * started without, and they are not looked for again.
 *
 * @throws DataError as `imagesToSkip`
 */
export async function usableData(
  config: RunConfig,
  listed: RunData,
  { path, plan }: RunFolder,
  context: RunContext,
): Promise<UsableData> {
  if (plan.kind === 'continue') {
    const skipped = await readSkipped(path);
    return { data: withoutSkipped(listed, skipped), skipped };
  }
  const { height, width } = config.data;
  const { features } = config.training;
  // Pixels are kept for the first epoch, which then does not decode them again; features are made once.
  return checkedData(
    config,
    listed,
    context,
    features
      ? { features: featureFolder(features, path) }
      : { keep: { height, width, resize: resizeOf(config.data) } },
  );
}

/**
 * The data of a run without the images that cannot be used, which are looked for.
 *
 * @param options.keep how decoded pixels are kept. Default: none are
 * @param options.features the folder of cached features, where images that were found usable are remembered
 * @throws DataError as `imagesToSkip`
 */
export async function checkedData(
  config: RunConfig,
  listed: RunData,
  { progress, signal }: RunContext,
  { keep, features }: { readonly keep?: ResizeRule; readonly features?: string } = {},
): Promise<UsableData> {
  const { workers, maxPixels } = config.data;
  const remember = features && join(features, CHECKED_FILE);
  const check = (dataset: LabelledDataset) =>
    checkWithProgress(dataset, { keep, remember, workers, maxPixels, signal, progress });
  const train = await check(listed.train);
  const validation = listed.validation && (await check(listed.validation));
  const bad = { train: train.bad, validation: validation?.bad ?? [] };
  const skipped = imagesToSkip(config, listed, bad, progress);
  const count = skipped.train.length + skipped.validation.length;
  if (count > 0) progress.line(`continuing without ${counted(count, 'image')} that cannot be used`);
  return {
    data: { train: train.usable, validation: validation?.usable },
    skipped,
    caches: keep && { train: train.cache, validation: validation?.cache },
  };
}

/** In the folder of cached features: the images that can be used, by their content. */
const CHECKED_FILE = 'checked-images.txt';

/** Checks the images of a data set with progress. */
export function checkWithProgress(
  dataset: LabelledDataset,
  { progress, ...options }: CheckImagesOptions & { readonly progress: Progress },
): Promise<CheckedImages> {
  const total = dataset.images.length;
  return checkImages(dataset, {
    ...options,
    report: (done) => total >= SHOW_FROM && progress.update({ label: 'checking images', done, total }),
  });
}

/** Writes why images cannot be used, a line for each. */
export function nameBadImages(bad: readonly BadImage[], progress: Progress): void {
  for (const { error } of bad) progress.line(`error: ${error.message} (${error.code})`);
}

/** Fewer images are checked before anybody wonders. */
const SHOW_FROM = 200;

/**
 * What becomes of a run some of whose images cannot be used. Each is named, but for one that is the error itself.
 *
 * @returns the images to go without
 * @throws DataError of the only bad image; `data/bad-images`; `data/too-many-bad-images`
 */
function imagesToSkip(
  { data: settings }: RunConfig,
  data: RunData,
  bad: BadRunImages,
  progress: Progress,
): SkippedImages {
  const all = PARTS.flatMap((part) => bad[part]);
  if (settings.badImages === 'fail' && all.length > 0) {
    if (all.length === 1) {
      const [{ error }] = all;
      throw new DataError(error.code, error.message, {
        hint: `${error.hint ?? ''} Or train without it: --set data.badImages=skip`.trim(),
      });
    }
    nameBadImages(all, progress);
    const concerned = PARTS.flatMap((part) => (bad[part].length > 0 && data[part] ? [data[part]] : []));
    const total = concerned.reduce((sum, { images }) => sum + images.length, 0);
    throw new DataError(
      'data/bad-images',
      `${all.length} of the ${total} images of ${concerned.map(({ source }) => source).join(' and ')} cannot be used; ${namedAbove(all.length)}.`,
      {
        hint: 'Copy or convert them, take them out of the label file, or train without them: --set data.badImages=skip',
      },
    );
  }
  nameBadImages(all, progress);
  for (const part of PARTS) {
    const total = data[part]?.images.length ?? 0;
    const allowed = allowedOf(total, settings.maxBadImages);
    if (bad[part].length <= allowed) continue;
    const count = bad[part].length;
    const mend = `Fix ${count === 1 ? 'it' : 'them'}`;
    throw new DataError(
      'data/too-many-bad-images',
      `${count} of the ${total} images of ${data[part]!.source} cannot be used, more than the ${allowed} that may be skipped; ${namedAbove(count)}.`,
      {
        hint:
          2 * count < total
            ? `${mend}, or raise the limit: --set data.maxBadImages=${count}`
            : `${mend}: training needs more than half of the images.`,
      },
    );
  }
  const names = (found: readonly BadImage[]) => found.map(({ name }) => name);
  return { train: names(bad.train), validation: names(bad.validation) };
}

function allowedOf(total: number, setting: number | undefined): number {
  const wanted = setting === undefined ? Math.max(5, total / 20) : setting < 1 ? setting * total : setting;
  return Math.max(0, Math.floor(Math.min(wanted, (total - 1) / 2)));
}

/** The data of a run without some images. */
export function withoutSkipped({ train, validation }: RunData, skipped: SkippedImages): RunData {
  const without = (dataset: LabelledDataset, names: readonly string[]): LabelledDataset => {
    if (names.length === 0) return dataset;
    const gone = new Set(names);
    return { ...dataset, images: dataset.images.filter(({ name }) => !gone.has(name)) };
  };
  return {
    train: without(train, skipped.train),
    validation: validation && without(validation, skipped.validation),
  };
}

/** Where a run folder keeps which images the run goes without; a run that goes without none has no such file. */
const SKIPPED_FILE = 'skipped-images.json';

export async function writeSkipped(folder: string, skipped: SkippedImages): Promise<void> {
  const file = join(folder, SKIPPED_FILE);
  // Nothing of a run that was there before may speak for this one.
  if (PARTS.every((part) => skipped[part].length === 0)) await rm(file, { force: true });
  else await writeFileAtomically(file, `${JSON.stringify(skipped, null, 2)}\n`);
}

/**
 * What the run in a folder goes without.
 *
 * @throws DataError `data/skipped-images`
 */
async function readSkipped(folder: string): Promise<SkippedImages> {
  const file = join(folder, SKIPPED_FILE);
  if (!existsSync(file)) return NONE_SKIPPED;
  const text = await readTextFile(file, { what: 'list of skipped images', maxBytes: 2 ** 28 });
  const isNames = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((name) => typeof name === 'string');
  try {
    const { train, validation } = JSON.parse(text) as Partial<Record<keyof SkippedImages, unknown>>;
    if (isNames(train) && isNames(validation)) return { train, validation };
  } catch {
    // Told below.
  }
  throw new DataError('data/skipped-images', `${file} does not list the skipped images of the run.`, {
    hint: 'Restore it, or start a new run in another folder.',
  });
}
