import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { untilInterrupted, type Streams } from '@polytag/cli';
import {
  counted,
  DataError,
  InterruptedError,
  PolytagError,
  printable,
  QueueError,
  UsageError,
} from '@polytag/core';
import {
  brokerAddress,
  jobId,
  QueueExecutor,
  queuePlace,
  Store,
  type Executor,
  type QueueOptions,
} from '@polytag/queue';
import { writeFileAtomically } from '@polytag/files';
import { BulkProgress } from '../bulk/bulk-progress.js';
import { assertNoInput } from '../bulk/assert-no-input.js';
import { checkImageList, countImages, placedImages, type ImageListOptions } from '../bulk/image-list.js';
import { EVALUATOR_JOBS } from '../jobs/evaluator-jobs.js';
import type { LumpParameters, LumpResult } from '../jobs/lump-job.js';
import { isTried, lumpSize } from '../jobs/lump-sizes.js';
import { outsideStore } from '../jobs/outside-store.js';
import { formatOf } from './line-format.js';
import { streamOutput } from './line-output.js';
import type { PredictOptions } from './predict-images.js';
import { removeSettingsRecord } from '../bulk/settings-record.js';

export interface PredictByWorkersOptions extends PredictOptions, QueueOptions {
  /** Photographs of a job. Default: see `lumpSize`. */
  readonly lump?: number;
}

/** Jobs that are in the queue at once: neither side need hold a list of millions. */
const WINDOW = 256;

/** A job that was submitted. */
interface Lump {
  readonly id: string;
  readonly images: number;
  /** Place of its first photograph in the list, from 0. */
  readonly first: number;
}

/**
 * Has workers predict the labels of photographs, and writes the lines in their order: to the byte what `predictImages`
 * writes. Lists are cut into jobs; what was published before is not predicted again.
 *
 * @throws UsageError `usage/no-images`, `usage/out-is-input`, `usage/invalid`, `queue/outside-store`, `queue/place`
 * @throws DataError `data/bad-images` after all
 * @throws QueueError `queue/jobs-failed` when jobs failed on every attempt: nothing is written then
 */
export async function predictByWorkers(
  paths: readonly string[],
  options: PredictByWorkersOptions,
  streams: Streams,
): Promise<void> {
  const list = { paths, from: options.from };
  checkImageList(list);
  assertForWorkers(options);
  const { queue, store: folder } = queuePlace(options);
  const broker = brokerAddress(queue);
  if (options.out !== undefined) await assertNoInput(options.out, [...paths, options.from]);
  const store = await Store.open(folder);
  const tell = (line: string) => void streams.err.write(`${printable(line, Infinity)}\n`);
  tell(`jobs go to polytag-eval at ${broker.shown}, store ${store.path} (${store.id.slice(0, 8)})`);
  const executor = await QueueExecutor.open({ broker, store, program: EVALUATOR_JOBS.program, tell });
  try {
    await untilInterrupted(async (signal) => {
      const stop = () => void executor.close();
      signal.addEventListener('abort', stop, { once: true });
      await predictLumps(list, options, { executor, store }, streams, signal);
    });
  } finally {
    await executor.close();
  }
}

/** @throws UsageError `usage/invalid` */
function assertForWorkers(options: PredictByWorkersOptions): void {
  const given = (['resume', 'shard', 'explain', 'strict', 'threads', 'workers'] as const).find(
    (name) => options[name],
  );
  if (given === undefined) return;
  throw new UsageError('usage/invalid', `--${given} and --queue cannot be combined.`, {
    hint:
      given === 'resume' || given === 'shard'
        ? 'Remove it: with --queue the list is divided automatically, and a repeated command continues.'
        : 'Remove it, or remove --queue to predict on this machine.',
  });
}

/** What jobs are made with, and done by. */
interface LumpJobs {
  readonly executor: Executor;
  readonly store: Store;
}

async function predictLumps(
  list: ImageListOptions,
  options: PredictByWorkersOptions,
  jobs: LumpJobs,
  streams: Streams,
  signal: AbortSignal,
): Promise<void> {
  const { executor, store } = jobs;
  const counting = new AbortController();
  const progress = new BulkProgress(streams, 'predicting', countImages(list, undefined, counting.signal));
  const lumps: Lump[] = [];
  const failed: FailedLump[] = [];
  const waiting = new Set<Promise<void>>();
  const isReused = (id: string) => executor.progress(id).state === 'published';
  const follow = (lump: Lump) => {
    const before = isReused(lump.id) ? lump.images : 0;
    const one = followed(lump, executor).then((failure) => {
      if (failure !== undefined) failed.push(failure);
      progress.add(lump.images, before);
      waiting.delete(one);
    });
    waiting.add(one);
    // Told when it is waited for.
    one.catch(() => undefined);
  };
  let refused: unknown;
  let warnings: readonly string[] = [];
  // What cannot work is told here; workers need not wait for that.
  const check = async () => {
    try {
      // It takes a second to load: the jobs are with the workers before.
      const { openPredictingModel } = await import('./predicting-model.js');
      const model = await openPredictingModel(options);
      warnings = model.warnings;
      await model.close();
    } catch (error) {
      refused = error;
      for (const { id } of lumps) await executor.cancel(id);
      throw error;
    }
  };
  let checked: Promise<void> | undefined;
  const rateOfWorkers = async (): Promise<number | undefined> => {
    for (;;) {
      for (const { id } of lumps) {
        const rate = store.isPublished(id) ? (await lumpResult(store, id)).imagesPerSecond : undefined;
        if (rate !== undefined) return rate;
      }
      if (waiting.size === 0) return undefined;
      await Promise.race(waiting);
    }
  };
  try {
    for await (const { lump, bad } of submitted(list, options, jobs, rateOfWorkers, signal)) {
      for (const error of bad) {
        progress.bad(error);
        progress.add(1);
      }
      if (!lump) continue;
      lumps.push(lump);
      follow(lump);
      checked ??= check();
      checked.catch(() => undefined);
      if (waiting.size >= WINDOW) await Promise.race(waiting);
      if (refused !== undefined) throw refused;
    }
    await Promise.all([checked, ...waiting]);
  } catch (error) {
    if (refused === undefined) throw signal.aborted ? interrupted(progress.done) : error;
    for (const { id } of lumps) await executor.cancel(id);
    throw refused;
  } finally {
    counting.abort();
  }
  if (signal.aborted) throw interrupted(progress.done);
  if (failed.length > 0) {
    throw new QueueError(
      'queue/jobs-failed',
      `${failed.length} of ${counted(lumps.length, 'job')} failed, and nothing was written: ${placesOf(failed)}. The first: ${failed[0].message}`,
      { hint: 'Repeat the command to try these again. The others are done.' },
    );
  }
  await writeMerged(lumps, options, store, streams, progress);
  progress.end();
  for (const line of warnings) streams.err.write(`${line}\n`);
}

const lumpResult = async (store: Store, id: string): Promise<LumpResult> =>
  JSON.parse(await readFile(join(store.resultFolder(id), 'lump.json'), 'utf8')) as LumpResult;

interface FailedLump {
  readonly lump: Lump;
  readonly message: string;
}

/** Failed jobs that are named; of more it is said how many there are. */
const NAMED = 5;

function placesOf(failed: readonly FailedLump[]): string {
  const named = failed
    .slice(0, NAMED)
    .map(({ lump: { first, images } }) => `${first + 1} to ${first + images}`);
  const more = failed.length - named.length;
  return `photographs ${named.join(', ')}${more > 0 ? ` and ${more} more jobs` : ''}`;
}

/** @returns what to say of a job that failed on every attempt */
async function followed(lump: Lump, executor: Executor): Promise<FailedLump | undefined> {
  try {
    await executor.result(lump.id);
    return undefined;
  } catch (error) {
    if (!(error instanceof PolytagError) || error.code !== 'queue/job-failed') throw error;
    return { lump, message: error.message };
  }
}

/**
 * Cuts the list into jobs, and gives them to the workers.
 *
 * @param rateOfWorkers images a second of one, once one has done a job; undefined where none can
 */
async function* submitted(
  list: ImageListOptions,
  options: PredictByWorkersOptions,
  { executor, store }: LumpJobs,
  rateOfWorkers: () => Promise<number | undefined>,
  signal: AbortSignal,
): AsyncGenerator<{ readonly lump?: Lump; readonly bad: readonly DataError[] }> {
  const { engine, top, scores, exact, flip, threshold, maxPixels, out } = options;
  const model = await store.putFolder(options.model);
  const format = options.format ?? (options.json ? 'jsonl' : formatOf(out));
  const common = { model, engine, format, top, scores, exact, flip, threshold, maxPixels };
  const sizeAt = lumpSizes(
    jobId({ kind: 'rate', version: 1, parameters: { ...common, model: { ...model } } }),
    store,
    rateOfWorkers,
  );
  let entries: string[] = [];
  let bad: DataError[] = [];
  let position = 0;
  let size: number | undefined;
  let isFirst = true;
  const submit = async (): Promise<Lump | undefined> => {
    const found = await linesOfList(entries, store);
    const lines = found.filter((line) => typeof line === 'string');
    // Where the first are not in the store, it is the wrong store, or the wrong list.
    if (lines.length === 0 && isFirst) await store.nameOf(entries[0]);
    bad.push(...found.filter((line) => typeof line !== 'string'));
    if (lines.length === 0) return undefined;
    isFirst = false;
    const text = lines.join('');
    const file = await store.putContent(text, 'list.jsonl');
    const parameters: LumpParameters = {
      ...{ model, list: file, engine, format, top, scores, exact, flip, threshold, maxPixels },
    };
    const id = await executor.submit({ kind: 'lump', version: 1, parameters: { ...parameters } });
    return { id, images: lines.length, first: position - entries.length };
  };
  for await (const { path, error } of placedImages(list, signal)) {
    if (signal.aborted) throw interrupted(position);
    size ??= options.lump ?? (await sizeAt(position));
    position++;
    if (error) bad.push(error);
    else entries.push(path);
    if (entries.length < size) continue;
    yield { lump: await submit(), bad };
    [entries, bad, size] = [[], [], undefined];
  }
  yield { lump: entries.length > 0 ? await submit() : undefined, bad };
}

/**
 * Lines of a job's list. Size and time tell a photograph from one that had the same name before, which is another job.
 *
 * @returns an error for each photograph that is not in the store
 */
const linesOfList = (paths: readonly string[], store: Store): Promise<(string | DataError)[]> =>
  // Each asks the file system: many at once.
  Promise.all(
    paths.map(async (path) => {
      const [name, state] = await Promise.all([
        store.nameOf(path).catch(() => undefined),
        stat(path).catch(() => undefined),
      ]);
      if (name === undefined) return outsideStore(path);
      return `${JSON.stringify([path, name, state ? `${state.size} ${state.mtimeMs}` : ''])}\n`;
    }),
  );

/**
 * How many photographs a job has that begins at a place. The rate that it goes by is settled in the store, so that the same
 * command makes the same jobs again.
 */
function lumpSizes(name: string, store: Store, rateOfWorkers: () => Promise<number | undefined>) {
  let rate: number | undefined;
  return async (position: number): Promise<number> => {
    if (rate === undefined && !isTried(position)) {
      const before = await store.settled(name);
      const measured = before === undefined ? await rateOfWorkers() : undefined;
      const text = before ?? (measured && (await store.settle(name, String(measured))));
      rate = Number(text) > 0 ? Number(text) : undefined;
    }
    return lumpSize(position, rate);
  };
}

/** Writes the lines of all jobs, one after the other. A file is replaced as a whole: several commands may end at once. */
async function writeMerged(
  lumps: readonly Lump[],
  { out }: PredictByWorkersOptions,
  store: Store,
  streams: Streams,
  progress: BulkProgress,
): Promise<void> {
  const header = await toldOf(lumps, store, streams, progress);
  if (header === undefined) return;
  const files = lumps.map(({ id }) => join(store.resultFolder(id), 'lines'));
  if (out !== undefined) {
    await mkdir(dirname(out), { recursive: true });
    await removeSettingsRecord(out, 'predict');
    return writeFileAtomically(out, piecesOf(header, files));
  }
  const output = streamOutput(streams, header);
  for (const file of files)
    for await (const text of createReadStream(file, { encoding: 'utf8' })) {
      await output.write(text as string);
      if (output.ended) return;
    }
}

/**
 * Tells what could not be used.
 *
 * @returns the first line of a file; undefined where there are no jobs
 */
async function toldOf(
  lumps: readonly Lump[],
  store: Store,
  { err }: Streams,
  progress: BulkProgress,
): Promise<string | undefined> {
  let first: LumpResult | undefined;
  let isWarned = false;
  for (const { id } of lumps) {
    const result = await lumpResult(store, id);
    first ??= result;
    for (const { code, message, hint } of result.failed) progress.bad(new DataError(code, message, { hint }));
    if (isWarned || result.model === first.model) continue;
    isWarned = true;
    err.write('warning: workers compute with different kernels; last digits may differ between lines\n');
  }
  return first?.header;
}

/** Bytes of a file that are read at once. */
const PIECE = 2 ** 20;

/** A header, and files one after the other. */
function* piecesOf(header: string, files: readonly string[]): Generator<Uint8Array> {
  if (header !== '') yield Buffer.from(header);
  const piece = Buffer.allocUnsafe(PIECE);
  for (const path of files) {
    const file = openSync(path, 'r');
    try {
      // What was given out is written before the next is asked for.
      for (let bytes = 1; bytes > 0;) {
        bytes = readSync(file, piece, 0, PIECE, null);
        if (bytes > 0) yield piece.subarray(0, bytes);
      }
    } finally {
      closeSync(file);
    }
  }
}

const interrupted = (done: number): InterruptedError =>
  new InterruptedError('predict/interrupted', `Predicting was stopped after ${done} photographs.`, {
    hint: 'Queued jobs continue. Repeat the command to wait for them and merge; stop them with jobs cancel --all.',
  });
