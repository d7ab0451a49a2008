import { stat } from 'node:fs/promises';
import { listImages, readPathList, type ListedImage } from '@polytag/datasets';
import { DataError, printable, shellWord, UsageError } from '@polytag/core';
import { isInShard, type Shard } from './shard.js';

/** Which photographs a command is given. */
export interface ImageListOptions {
  /** Files, folders and patterns. */
  readonly paths: readonly string[];
  /** A list of paths; `-` for standard input. They come after `paths`. */
  readonly from?: string;
}

/** A photograph with its place in the whole list, from 0. */
export interface PlacedImage extends ListedImage {
  readonly position: number;
}

/** @throws UsageError `usage/no-images` when neither is given */
export function checkImageList({ paths, from }: ImageListOptions): void {
  if (paths.length > 0 || from !== undefined) return;
  throw new UsageError('usage/no-images', 'No photographs were given.', {
    hint: 'Give files, folders or patterns such as "photos/*.jpg", or a list of paths with --from.',
  });
}

/**
 * The photographs in their order, one by one: the list may be longer than memory.
 *
 * @param signal ends the wait for standard input
 * @throws DataError `data/not-a-list` where the list is a table or a label file
 */
export async function* placedImages(
  { paths, from }: ImageListOptions,
  signal?: AbortSignal,
): AsyncGenerator<PlacedImage, void, undefined> {
  let position = 0;
  for await (const image of listImages(paths)) yield { ...image, position: position++ };
  if (from === undefined) return;
  const before = position;
  for await (const image of from === '-' ? standardInput(signal) : readPathList(from)) {
    if (position === before) await assertPath(image.path, from);
    yield { ...image, position: position++ };
  }
  // What was to write the list may have failed: that must not pass for work that is done.
  if (position === before && !signal?.aborted) yield { path: from, error: emptyList(from), position };
}

/** Of a table or of JSON the first line is no path: it is told once, not for each line. */
async function assertPath(line: string, from: string): Promise<void> {
  const isJson = /^\s*[[{]/.test(line);
  if ((!isJson && !/[,;\t]/.test(line)) || (await stat(line).catch(() => undefined))) return;
  const file = from === '-' ? 'FILE' : from;
  throw new DataError(
    'data/not-a-list',
    `${from === '-' ? 'Standard input' : printable(from, 400)} is ${isJson ? 'JSON' : 'a table'}, not a list with one path per line: it begins with ${printable(line, 80)}.`,
    {
      hint: isJson
        ? `To predict the photographs of a label file, give their folder. To evaluate the model on them, use score --data ${shellWord(file)}.`
        : `If the first column has the paths, below a header line: tail -n +2 ${quoted(file)} | cut -d${delimiterOf(line)} -f1 > list.txt, then --from list.txt.`,
    },
  );
}

/** A word of a shell. */
const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${printable(path, 400).replaceAll("'", "'\\''")}'`;

/** The argument of cut. */
const delimiterOf = (line: string): string =>
  line.includes(',') ? ',' : line.includes(';') ? "';'" : "$'\\t'";

const emptyList = (from: string): DataError =>
  new DataError(
    'data/no-images',
    `${from === '-' ? 'Standard input' : printable(from, 400)} lists no photographs.`,
    { hint: 'Give a list with one path per line.' },
  );

async function* standardInput(signal?: AbortSignal): AsyncGenerator<ListedImage, void, undefined> {
  const { stdin } = process;
  const stop = () => void stdin.destroy();
  signal?.addEventListener('abort', stop);
  try {
    yield* readPathList(stdin);
  } catch (error) {
    // Of a stream that was ended while it was read.
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * How many photographs there are, counted beside the work; undefined until that is known, and for good where they come
 * through standard input. What is wrong with the list the work itself tells.
 */
export function countImages(options: ImageListOptions, shard: Shard | undefined, signal: AbortSignal) {
  let total: number | undefined;
  const count = async () => {
    let images = 0;
    for await (const { position } of placedImages(options)) {
      if (signal.aborted) return;
      if (!shard || isInShard(position, shard)) images++;
    }
    total = images;
  };
  if (options.from !== '-') count().catch(() => undefined);
  return () => total;
}

/** Those of the photographs that a shard has. */
export async function* shareOf(
  images: AsyncIterable<PlacedImage>,
  shard: Shard,
): AsyncGenerator<PlacedImage, void, undefined> {
  for await (const image of images) if (isInShard(image.position, shard)) yield image;
}
