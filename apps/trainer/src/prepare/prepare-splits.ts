import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { duration, Progress, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import {
  normaliseLabels,
  readAnnotations,
  summarise,
  writeAnnotations,
  type LabelledSplit,
  type SplitReaderOptions,
} from '@polytag/datasets';
import { preparedTable, type PreparedSplit } from './prepared-table.js';
import { suspicions } from './suspicions.js';

export interface PrepareJob {
  readonly format: string;
  readonly out: string;
  /** Overwrites label files that are there. */
  readonly force?: boolean;
  /** Names of the label files, where they are known before anything is read. */
  readonly names?: readonly string[];
  /** What progress counts, and how many of the reader's steps make one. */
  readonly unit: { readonly name: string; readonly size: number };
  readonly read: (tell: Telling) => Promise<readonly LabelledSplit[]>;
  /** Gives labels that look alike one spelling. */
  readonly normaliseLabels?: boolean;
  readonly streams: Streams;
}

/** What a reader calls while it reads. */
export type Telling = Required<Pick<SplitReaderOptions, 'onProgress' | 'onNote'>>;

/** Reads the splits of a published data set, writes each as a label file, reads that again and shows its counts. */
export async function prepareSplits(job: PrepareJob): Promise<void> {
  const { format, out, names = [], read, streams } = job;
  const pathOf = (name: string) => join(out, name);
  if (!job.force) await refuseExisting(names.map(pathOf));
  const progress = new Progress(streams.err);
  const start = performance.now();
  const notes: string[] = [];
  const tell = {
    onProgress: readingProgress(progress, job.unit),
    onNote: (note: string) => void notes.push(note),
  };
  const asRead = await read(tell);
  const splits = job.normaliseLabels ? normaliseLabels(asRead) : asRead;
  progress.line(`read in ${duration((performance.now() - start) / 1000)}`);

  const paths = splits.map(({ name }, i) => pathOf(names[i] ?? `${name}.json`));
  if (!job.force) await refuseExisting(paths);
  refuseSources(paths, splits);
  const prepared: PreparedSplit[] = [];
  for (const [i, split] of splits.entries()) {
    await writeAnnotations(paths[i], split.file, { root: split.root });
    const summary = summarise(await readAnnotations(paths[i], { unknownLabels: 'error' }));
    prepared.push({ path: paths[i], split, summary });
  }
  const remarks = [...notes.map((note) => `note: ${note}`), ...suspicions(splits, format)];
  streams.out.write(preparedTable(format, prepared, remarks));
}

/** Shows how far a reader is. With the next file its count begins anew, and so do rate and time left. */
function readingProgress(progress: Progress, { name, size }: PrepareJob['unit']) {
  let start = performance.now();
  let last = { done: 0, total: 0, time: start };
  return (done: number, total: number) => {
    if (done < last.done || total !== last.total) start = last.time;
    last = { done, total, time: performance.now() };
    const seconds = Math.max(last.time - start, 1) / 1000;
    progress.update({
      label: 'reading',
      done: Math.round(done / size),
      total: Math.round(total / size),
      rate: `${Math.round(done / size / seconds)} ${name}/s`,
      secondsLeft: (seconds / done) * (total - done),
    });
  };
}

async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (!exists) continue;
    throw new UsageError('usage/file-exists', `${path} exists already.`, {
      hint: 'Choose another folder with --out, or overwrite it with --force.',
    });
  }
}

/** A label file that is written must not take the place of a file that was read, with --force either. */
function refuseSources(paths: readonly string[], splits: readonly LabelledSplit[]): void {
  const sources = new Set(splits.map(({ source }) => resolve(source)));
  const taken = paths.find((path) => sources.has(resolve(path)));
  if (taken === undefined) return;
  throw new UsageError('usage/overwrites-source', `${taken} is one of the files that were read.`, {
    hint: 'Choose another folder with --out.',
  });
}
