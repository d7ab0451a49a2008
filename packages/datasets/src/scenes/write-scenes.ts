import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import sharp from 'sharp';
import { UsageError } from '@polytag/core';
import { fileErrorFrom, readTextFile } from '@polytag/files';
import { SCENE_LABELS } from './grammar.js';
import { drawScene } from './scene.js';

export interface WriteScenesOptions {
  /** Destination. It must not exist, be empty, or hold the same data set. */
  readonly folder: string;
  /** Default 0. */
  readonly seed?: number;
  /** Number of training images. Default 2000. */
  readonly train?: number;
  /** Number of validation images. Default 500. They do not depend on `train`. */
  readonly validation?: number;
  /** Height and width in pixels. Default 128. */
  readonly size?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface WrittenScenes {
  /** Paths of the label files. */
  readonly train: string;
  readonly validation: string;
  /** Whether a finished data set was found and kept. */
  readonly reused: boolean;
}

/** Scenes from this index on are for validation. */
export const VALIDATION_FROM = 0x1000000;
/** Raised when the same seed no longer draws the same pictures. */
const GENERATOR = 1;
const MANIFEST = 'scenes.json';
/** Images drawn and encoded at a time. */
const BATCH = 16;

/**
 * Writes the built-in data set atomically: `images/*.png`, the label files `train.json` and `val.json`, and a manifest.
 * A folder with the same data set is kept.
 *
 * @throws UsageError if the folder holds something else, or a count is not a whole number
 */
export async function writeScenes(options: WriteScenesOptions): Promise<WrittenScenes> {
  const { seed = 0, train = 2000, validation = 500, size = 128, onProgress } = options;
  for (const [name, count] of Object.entries({ train, validation })) {
    if (!Number.isInteger(count) || count < 1 || count >= VALIDATION_FROM) {
      throw new UsageError(
        'usage/scene-count',
        `"${name}" must be a whole number of at least 1 (got ${count}).`,
        {
          hint: 'Choose a whole number of at least 1.',
        },
      );
    }
  }
  const folder = resolve(options.folder);
  const manifest = `${JSON.stringify({ generator: GENERATOR, seed, train, validation, size }, null, 2)}\n`;
  const result = { train: join(folder, 'train.json'), validation: join(folder, 'val.json') };
  if (await holds(folder, manifest)) return { ...result, reused: true };

  const aside = join(dirname(folder), `.scenes-incomplete-${process.pid}-${Date.now()}`);
  try {
    await mkdir(join(aside, 'images'), { recursive: true });
    let done = 0;
    const report = (count: number) => onProgress?.((done += count), train + validation);
    const common = { seed, size, aside, report };
    await writePart({ ...common, labelFile: 'train.json', prefix: 'train', from: 0, count: train });
    await writePart({
      ...common,
      labelFile: 'val.json',
      prefix: 'val',
      from: VALIDATION_FROM,
      count: validation,
    });
    await writeFile(join(aside, MANIFEST), manifest);
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
    // Another process may have finished the same data set meanwhile.
    if (isTaken(error) && (await holds(folder, manifest))) return { ...result, reused: true };
    throw fileErrorFrom(error) ?? error;
  }
  return { ...result, reused: false };
}

/** Whether the folder holds this data set; false when it does not exist or is empty. */
async function holds(folder: string, manifest: string): Promise<boolean> {
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  if (entries.length === 0) return false;
  if (entries.includes(MANIFEST)) {
    const path = join(folder, MANIFEST);
    if ((await readTextFile(path, { what: 'manifest', maxBytes: 2 ** 16 })) === manifest) return true;
  }
  throw new UsageError('usage/scene-folder', `"${folder}" already contains other files.`, {
    hint: 'Choose another folder, or remove this one.',
  });
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}

interface Part {
  readonly seed: number;
  readonly size: number;
  readonly aside: string;
  readonly report: (count: number) => void;
  readonly labelFile: string;
  readonly prefix: string;
  readonly from: number;
  readonly count: number;
}

async function writePart({ seed, size, aside, report, labelFile, prefix, from, count }: Part): Promise<void> {
  const images: [string, readonly string[]][] = [];
  for (let start = 0; start < count; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - start) }, (_, i) => start + i);
    const written = await Promise.allSettled(
      batch.map(async (i) => {
        const { pixels, labels } = drawScene({ seed, index: from + i, size });
        const path = `images/${prefix}-${String(i).padStart(5, '0')}.png`;
        images[i] = [path, labels];
        const png = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
          .png()
          .toBuffer();
        await writeFile(join(aside, path), png);
      }),
    );
    // None is still being written when the first fault is told: the caller removes the folder.
    const failed = written.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed) throw failed.reason;
    report(batch.length);
  }
  await writeFile(join(aside, labelFile), `${JSON.stringify({ classes: SCENE_LABELS, images })}\n`);
}
