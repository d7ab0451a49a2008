import { closeSync, openSync, readSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { counted, DataError, printable } from '@polytag/core';
import { Progress, type Streams } from '@polytag/cli';
import { fileErrorFrom, writeFileAtomically } from '@polytag/files';
import { assertNoInput } from '../bulk/assert-no-input.js';
import { HEADER, listPath, npyHeader } from '../embedding/vector-files.js';
import { assertReplacesPredictions, assertReplacesVectors } from '../bulk/own-outputs.js';
import { removeSettingsRecord, settingsRecordPath } from '../bulk/settings-record.js';
import { readShardRecord, shardRecordPath, type ShardRecord } from '../bulk/shard-record.js';

/** What `predict --shard` and `embed --shard` write beside a file. */
const besideShard = (file: string): string[] => [
  shardRecordPath(file),
  settingsRecordPath(file, 'predict'),
  settingsRecordPath(file, 'embed'),
  ...(/\.npy$/i.test(file) ? [listPath(file)] : []),
];

/** The file of a shard, with what it is. */
interface ShardFile extends ShardRecord {
  readonly file: string;
}

/** Bytes that are written at a time. */
const PIECE = 2 ** 20;

/**
 * Joins the files of all shards of a list, given in any order, into one with the lines in the order of the list: the file
 * that predicting the whole list gives.
 *
 * @throws UsageError `usage/out-is-input`, `usage/foreign-file`
 * @throws DataError `data/no-shard`; `data/shards` when one is missing or given twice, when they are of different lists,
 *   models or options, or when a file has other lines than it had when its shard was done
 */
export async function mergeShards(given: readonly string[], out: string, { err }: Streams): Promise<void> {
  // A pattern such as shards/* names what lies beside the files too.
  const beside = new Set(given.flatMap(besideShard));
  const files = given.filter((file) => !beside.has(file));
  await assertNoInput(out, files);
  const shards: ShardFile[] = [];
  for (const file of files) shards.push({ file, ...(await readShardRecord(file)) });
  const ordered = inOrder(shards);
  const [first] = ordered;
  const { images } = first;
  const progress = new Progress(err);
  const report = (done: number) => progress.update({ label: 'merging', done, total: images });
  const { format, channels } = JSON.parse(first.options) as { format?: string; channels?: number };
  if (format === 'npy') {
    await assertNoInput(listPath(out), files.map(listPath));
    await assertReplacesVectors(out);
  } else await assertReplacesPredictions(out);
  await mkdir(dirname(out), { recursive: true });
  await removeSettingsRecord(out, format === 'npy' ? 'embed' : 'predict');
  if (format === 'npy') {
    for (const shard of ordered) await assertVectors(shard, channels!);
    const listOf = ordered.map((shard) => ({ ...shard, file: listPath(shard.file) }));
    // The vectors come last: where they are, their list is.
    await writeFileAtomically(
      listPath(out),
      merged(listOf, openLines, () => undefined),
    );
    await writeFileAtomically(out, mergedVectors(ordered, channels!, report));
  } else await writeFileAtomically(out, merged(ordered, openLines, report, format === 'csv'));
  const failed = ordered.reduce((sum, shard) => sum + shard.failed.length, 0);
  const without = failed > 0 ? `; ${failed} could not be used` : '';
  const entry = format === 'npy' ? 'vector' : 'line';
  progress.line(
    `${counted(images - failed, entry)} of ${counted(images, 'photograph')} in ${counted(ordered.length, 'shard')}${without}`,
  );
}

/** The shards by their numbers, each there once, all of one list, model and options. */
function inOrder(shards: readonly ShardFile[]): ShardFile[] {
  const [first] = shards;
  const { count } = first.shard;
  for (const [key, what] of [
    ['list', 'from another list of photographs'],
    ['model', 'from another model or engine'],
    ['options', 'in another format, or with other options'],
  ] as const) {
    const other = shards.find((shard) => shard[key] !== first[key]);
    if (other) throw refusal(`${name(other)} is ${what} than ${name(first)}`);
  }
  const other = shards.find(({ shard }) => shard.count !== count);
  if (other)
    throw refusal(`${name(other)} is one of ${other.shard.count} shards, but ${name(first)} one of ${count}`);
  const ordered = new Map<number, ShardFile>();
  for (const shard of shards) {
    const same = ordered.get(shard.shard.index);
    if (same) {
      const which = `shard ${shard.shard.index}/${count}`;
      throw refusal(
        resolve(same.file) === resolve(shard.file)
          ? `${name(shard)} was given twice: it is ${which}`
          : `${name(same)} and ${name(shard)} are both ${which}`,
      );
    }
    ordered.set(shard.shard.index, shard);
  }
  const indices = Array.from({ length: count }, (_, i) => i + 1);
  const missing = indices.filter((index) => !ordered.has(index)).map((index) => `${index}/${count}`);
  if (missing.length > 0)
    throw refusal(
      `${missing.length === 1 ? 'Shard' : 'Shards'} ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ' and more' : ''} ${missing.length === 1 ? 'is' : 'are'} missing`,
    );
  return indices.map((index) => ordered.get(index)!);
}

/** A file of vectors is as long as it was when its shard was done. */
async function assertVectors(shard: ShardFile, channels: number): Promise<void> {
  const { index, count } = shard.shard;
  const vectors = Math.ceil((shard.images - index + 1) / count) - shard.failed.length;
  const { size } = await stat(shard.file).catch((error: unknown) => {
    throw fileErrorFrom(error) ?? error;
  });
  if (size !== HEADER + 4 * channels * vectors) lacks(shard, 'has other vectors than');
}

/** Entries of a file, one after the other. */
interface EntryReader {
  /** Undefined at the end, and where the last one is torn. */
  next(): Buffer | undefined;
  isAtEnd(): boolean;
  close(): void;
}

const openLines = (path: string): EntryReader => new LineReader(path);

/** NumPy's header with the shape of all, then the vectors in the order of the list. */
function* mergedVectors(
  shards: readonly ShardFile[],
  channels: number,
  report: (done: number) => void,
): Generator<Uint8Array> {
  const [{ images }] = shards;
  const failed = shards.reduce((sum, shard) => sum + shard.failed.length, 0);
  yield npyHeader(images - failed, channels);
  yield* merged(shards, (path) => new VectorReader(path, 4 * channels), report);
}

function* merged(
  shards: readonly ShardFile[],
  open: (path: string) => EntryReader,
  report: (done: number) => void,
  hasHeader = false,
): Generator<Uint8Array> {
  const sources: EntryReader[] = [];
  try {
    for (const { file } of shards) sources.push(open(file));
    const [{ images }] = shards;
    const failed = shards.map((shard) => new Set(shard.failed));
    let piece: Buffer[] = [];
    let size = 0;
    if (hasHeader) {
      const headers = sources.map((source, i) => source.next() ?? lacks(shards[i], 'has no header, unlike'));
      piece.push(headers[0]);
    }
    for (let position = 0; position < images; position++) {
      const at = position % shards.length;
      if (failed[at].has(position)) continue;
      const entry = sources[at].next() ?? lacks(shards[at], 'has fewer lines than');
      piece.push(entry);
      size += entry.length;
      if (size < PIECE) continue;
      yield Buffer.concat(piece);
      report(position + 1);
      piece = [];
      size = 0;
    }
    yield Buffer.concat(piece);
    for (const [i, source] of sources.entries()) {
      if (!source.isAtEnd()) lacks(shards[i], 'has more lines than');
    }
  } finally {
    for (const source of sources) source.close();
  }
}

function lacks(shard: ShardFile, what: string): never {
  throw refusal(`${name(shard)} ${what} when its shard was finished`);
}

const name = ({ file }: ShardFile): string => printable(file, 400);

const refusal = (message: string): DataError =>
  new DataError('data/shards', `${message}.`, {
    hint: 'Give every shard of one list once, all predicted with the same model and options. Nothing was written.',
  });

/** A file that is read in pieces. */
class PieceReader {
  readonly #file: number;
  protected buffer: Buffer = Buffer.alloc(0);
  protected start = 0;

  constructor(path: string) {
    try {
      this.#file = openSync(path, 'r');
    } catch (error) {
      throw fileErrorFrom(error) ?? error;
    }
  }

  isAtEnd(): boolean {
    return this.start >= this.buffer.length && !this.read();
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Adds a piece of the file to what is not given out yet. What was given out keeps its memory. */
  protected read(): boolean {
    const piece = Buffer.allocUnsafe(PIECE);
    const bytes = readSync(this.#file, piece, 0, PIECE, null);
    if (bytes === 0) return false;
    this.buffer = Buffer.concat([this.buffer.subarray(this.start), piece.subarray(0, bytes)]);
    this.start = 0;
    return true;
  }
}

/** Whole lines of a file, with their ends, one after the other. */
class LineReader extends PieceReader implements EntryReader {
  next(): Buffer | undefined {
    let searched = this.start;
    for (;;) {
      const stop = this.buffer.indexOf(0x0a, searched);
      if (stop >= 0) {
        const line = this.buffer.subarray(this.start, stop + 1);
        this.start = stop + 1;
        return line;
      }
      searched = this.buffer.length - this.start;
      if (!this.read()) return undefined;
    }
  }
}

/** The vectors of a file of `embed`, each of so many bytes. */
class VectorReader extends PieceReader implements EntryReader {
  constructor(
    path: string,
    private readonly bytes: number,
  ) {
    super(path);
    this.#take(HEADER);
  }

  next(): Buffer | undefined {
    return this.#take(this.bytes);
  }

  #take(bytes: number): Buffer | undefined {
    while (this.buffer.length - this.start < bytes) if (!this.read()) return undefined;
    const taken = this.buffer.subarray(this.start, this.start + bytes);
    this.start += bytes;
    return taken;
  }
}
