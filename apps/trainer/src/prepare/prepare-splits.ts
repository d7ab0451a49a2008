import { join, resolve } from 'node:path';
import { duration, Progress, type Streams } from '@polytag/cli';
import { counted, DataError, printable, type ClassName } from '@polytag/core';
import {
  normaliseLabels,
  readLabelFile,
  summarise,
  writeLabelFile,
  type LabelledSplit,
} from '@polytag/datasets';
import type { DatasetReader, ReaderInput } from '@polytag/datasets/readers';
import { divideSplits, type DivideSplitsOptions } from './divide-splits.js';
import { refuseExisting, refuseSources } from './label-files.js';
import { preparedTable, type PreparedSplit } from './prepared-table.js';
import { withOtherFormat } from './recognise-format.js';
import { suspicions } from './suspicions.js';

/** What every format is asked for beside its own options. */
export interface PrepareOptions extends ReaderInput {
  /** Folder of the label files. Default: the data set. */
  readonly out?: string;
  /** Overwrites label files that are there. Default false. */
  readonly force?: boolean;
  /** What labels are that are not listed of an image. Default: `absent`. */
  readonly unlisted?: 'absent' | 'unknown';
  /** How to divide a data set that has no validation part. Default: it is not divided. */
  readonly divide?: DivideSplitsOptions;
}

/** Reads the splits of a data set, writes each as a label file, reads that again and shows its counts. */
export async function prepareSplits(
  reader: DatasetReader,
  options: PrepareOptions,
  streams: Streams,
): Promise<void> {
  const { out = options.from, force, divide } = options;
  // Parts that a data set is divided into have names of their own.
  const names = divide ? [] : (reader.labelFiles?.(options) ?? []);
  const pathOf = (name: string) => join(out, name);
  if (!force) await refuseExisting(names.map(pathOf));
  const progress = new Progress(streams.err);
  const start = performance.now();
  const notes: string[] = [];
  const faults: string[] = [];
  const asRead = await reader
    .read({
      ...options,
      onProgress: readingProgress(progress, reader.progress),
      onNote: (note) => void notes.push(note),
      onFault: (fault) => void faults.push(fault),
    })
    .catch(async (error: unknown) => {
      throw await withOtherFormat(error, reader, options.from);
    });
  const spelt = options.normaliseLabels ? normaliseLabels(asRead) : asRead;
  const listed = options.unlisted === 'unknown' ? spelt.map(withUnlistedUnknown) : spelt;
  progress.line(`read in ${duration((performance.now() - start) / 1000)}`);
  const { splits, lines } = divide
    ? await divideSplits(listed, divide, progress)
    : { splits: listed, lines: [] };

  const sources = new Set(splits.map(({ source }) => resolve(source)));
  const paths = splits.map(({ name }, i) => {
    const path = pathOf(names[i] ?? `${name}.json`);
    return reader.besideSource && sources.has(resolve(path)) ? pathOf(`${name}-labels.json`) : path;
  });
  if (!force) await refuseExisting(paths);
  await refuseSources(
    paths,
    splits.map(({ source }) => source),
  );
  const prepared: PreparedSplit[] = [];
  for (const [i, split] of splits.entries()) {
    await writeLabelFile(paths[i], split.file, { root: split.root });
    const summary = summarise(await readLabelFile(paths[i], { unknownLabels: 'error' }));
    prepared.push({ path: paths[i], split, summary });
  }
  const remarks = [
    ...notes.map((note) => `note: ${note}`),
    ...(reader.suspicions?.(splits) ?? []),
    ...suspicions(splits),
    ...lines,
  ];
  streams.out.write(preparedTable(reader.published ?? [], prepared, remarks));
  if (faults.length === 0) return;
  for (const fault of faults) progress.line(`error: ${fault}`);
  throw new DataError(
    'data/left-unread',
    `${counted(faults.length, 'part')} of ${printable(options.from, 400)} could not be read; the errors are listed above.`,
    { hint: 'The written label files leave them out. Fix them, and run prepare again with --force.' },
  );
}

/** A split of which only what is there was annotated, and what an image is said to lack. */
function withUnlistedUnknown(split: LabelledSplit): LabelledSplit {
  const { classes, images } = split.file;
  const unlisted = (labels: readonly ClassName[], absent: readonly ClassName[] = []) => {
    const known = new Set([...labels, ...absent]);
    return classes.filter((name) => !known.has(name));
  };
  return {
    ...split,
    file: {
      ...split.file,
      images: images.map(
        ([name, labels, more]) => [name, labels, { unknown: unlisted(labels, more?.absent) }] as const,
      ),
    },
  };
}

/** Shows how far a reader is. With the next file its count begins anew, and so do rate and time left. */
function readingProgress(
  progress: Progress,
  { unit, steps }: NonNullable<DatasetReader['progress']> = { unit: 'files', steps: 1 },
) {
  let start = performance.now();
  let last = { done: 0, total: 0, time: start };
  return (done: number, total: number) => {
    // Of a file that is done before a step of it is.
    if (Math.round(total / steps) === 0) return;
    if (done < last.done || total !== last.total) start = last.time;
    last = { done, total, time: performance.now() };
    const seconds = Math.max(last.time - start, 1) / 1000;
    progress.update({
      label: 'reading',
      done: Math.round(done / steps),
      total: Math.round(total / steps),
      rate: `${Math.round(done / steps / seconds)} ${unit}/s`,
      secondsLeft: (seconds / done) * (total - done),
    });
  };
}
