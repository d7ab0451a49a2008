import { open, readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DataError, InterruptedError, printable } from '@polytag/core';
import { imageDecoder, type ListedImage } from '@polytag/datasets';
import { readTextFile, writeFileAtomically } from '@polytag/files';
import { defineJobKind, storeNameSchema, type Store } from '@polytag/queue';
import * as z from 'zod';
import type { LineFormat } from '../predicting/line-format.js';
import { linesOf } from '../predicting/lines.js';
import { openPredictingModel } from '../predicting/predicting-model.js';
import { outsideStore } from './outside-store.js';

const storedSchema = z.strictObject({ name: storeNameSchema, sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const lumpSchema = z.strictObject({
  /** Folder. */
  model: storedSchema,
  /** A line a photograph: `["what it is called", "its name in the store", "its size and time"]`. */
  list: storedSchema,
  engine: z.enum(['wasm', 'cpu', 'webgpu', 'webgl', 'onnx']),
  format: z.enum(['text', 'jsonl', 'csv']),
  top: z.int().positive().optional(),
  scores: z.boolean().optional(),
  exact: z.boolean().optional(),
  flip: z.boolean().optional(),
  threshold: z.number().min(0).max(1).optional(),
  maxPixels: z.int().positive().optional(),
});

export type LumpParameters = z.output<typeof lumpSchema>;

/** What is told of a photograph that cannot be used. */
export interface LumpFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** `lump.json` of the result; beside it `lines`. */
export interface LumpResult {
  /** First line of a file; empty where there is none. */
  readonly header: string;
  readonly failed: readonly LumpFailure[];
  /** Hash of all that scores depend on. */
  readonly model: string;
  /** Without what it took to begin; undefined of a list that is too short to show it. */
  readonly imagesPerSecond?: number;
}

/** What was made of a photograph, in the journal of an attempt. */
type Entry = { readonly line: string } | { readonly failure: LumpFailure };

interface LumpImage extends ListedImage {
  /** What the user calls it. */
  readonly shown: string;
}

/** Predicts the photographs of a list. An attempt goes on after what the one before it has written. */
export const lumpJob = defineJobKind(
  'lump',
  1,
  lumpSchema,
  async ({ model: stored, list, engine, format, ...options }, context) => {
    const { store, folder, signal, allowModules, report, keep } = context;
    const images = await listOf(await store.checked(list), store);
    const { model, digest, decoder } = await keep(async () => {
      const modelFolder = await store.checkedFolder(stored);
      const opened = await openPredictingModel({ ...options, engine, model: modelFolder, allowModules });
      const { preprocessing } = opened;
      // Its threads take as long to start as they take for some hundred photographs.
      const threads = { preprocessing, workers: availableParallelism(), maxPixels: options.maxPixels };
      return { model: opened, digest: await opened.digest(), decoder: imageDecoder(threads) };
    });
    const lines = linesOf(model, format as LineFormat, options);
    const journal = join(folder, 'journal.jsonl');
    const entries = await takenOver(journal);
    report({ done: entries.length, total: images.length, unit: 'images' });
    const file = await open(journal, 'a');
    const rate = new Rate();
    try {
      for await (const batch of model.run(itemsFrom(images, entries.length), decoder)) {
        const made = batch.map((row): Entry => {
          const { path, shown } = row.item;
          if (row.error) return { failure: failureOf(row.error, path, shown) };
          return { line: lines.line(shown, model.scores(row.rows[0], row.mirrored?.[0])) };
        });
        entries.push(...made);
        rate.add(made.length);
        await file.appendFile(made.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
        report({ done: entries.length, total: images.length, unit: 'images' });
        if (signal.aborted) throw new InterruptedError('predict/interrupted', 'Predicting was stopped.');
      }
    } finally {
      await file.close();
    }
    const result: LumpResult = {
      header: lines.header,
      failed: entries.flatMap((entry) => ('failure' in entry ? [entry.failure] : [])),
      model: digest,
      imagesPerSecond: rate.value(),
    };
    const text = entries.map((entry) => ('line' in entry ? entry.line : '')).join('');
    await writeFileAtomically(join(folder, 'lines'), text);
    await writeFileAtomically(join(folder, 'lump.json'), `${JSON.stringify(result)}\n`);
    await rm(journal);
  },
  // The model stays loaded for the next list.
  ({ list: _, ...others }) => JSON.stringify(others),
);

async function listOf(file: string, store: Store): Promise<LumpImage[]> {
  const text = await readTextFile(file, { what: 'list of a job', maxBytes: 2 ** 28 });
  const images: LumpImage[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const [shown, name] = entryOf(line, i + 1);
    images.push(
      await store.pathOf(name).then(
        (path) => ({ shown, path }),
        () => ({ shown, path: shown, error: outsideStore(shown) }),
      ),
    );
  }
  return images;
}

const entrySchema = z.tuple([z.string(), z.string()], z.unknown());

/** @throws DataError `queue/list` */
export function entryOf(line: string, number: number): [shown: string, name: string, ...rest: unknown[]] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Told below.
  }
  const { success, data } = entrySchema.safeParse(value);
  if (success) return data;
  throw new DataError(
    'queue/list',
    `Line ${number} of the job's list is ${printable(line, 100)}, not ["path", "name in the store", "size and time"].`,
    { hint: 'Repeat the predict command: it writes new lists. Use one version of Polytag on all machines.' },
  );
}

async function* itemsFrom(images: readonly LumpImage[], first: number): AsyncGenerator<LumpImage> {
  yield* images.slice(first);
}

/**
 * What the attempts before this one have written: whole lines, without what a process that died has left of one more. They
 * go into a new file: an attempt that was replaced, but still runs, has the old one open.
 */
export async function takenOver(journal: string): Promise<Entry[]> {
  const text = await readFile(journal, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  await writeFileAtomically(journal, whole);
  return whole
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry);
}

/** Where the store is on the worker's machine is nothing to the user. */
const failureOf = ({ code, message, hint }: DataError, path: string, shown: string): LumpFailure => ({
  code,
  message: message.replaceAll(path, shown).replaceAll(printable(path, 400), printable(shown, 400)),
  hint,
});

/** Images a second, without the first ones, which wait for all that has to be started. */
class Rate {
  readonly #marks: { readonly images: number; readonly at: number }[] = [];

  add(images: number): void {
    this.#marks.push({ images: images + (this.#marks.at(-1)?.images ?? 0), at: performance.now() });
  }

  value(): number | undefined {
    const last = this.#marks.at(-1);
    const first = last && this.#marks.find(({ images }) => images >= last.images / 4)!;
    return first && first !== last ? (1000 * (last.images - first.images)) / (last.at - first.at) : undefined;
  }
}
