import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { printable, UsageError } from '@polytag/core';
import { isImageName } from '@polytag/datasets';
import { assertReplacesOwn } from '@polytag/files';
import { isReportPage } from '@polytag/report';
import { listPath } from '../embedding/vector-files.js';

/** First line of a file of predictions, in each of the formats. */
const PREDICTED =
  /^(?:\uFEFF|\xEF\xBB\xBF)?(?:\{"image":|"?image"?,|[^\n]+: (?:\(no label\)|[^\n]+ [01]\.\d+(?:\n|,|$)))/;

/** @throws UsageError `usage/foreign-file` if a file of another kind would be replaced */
export const assertReplacesPredictions = (out: string): Promise<void> =>
  assertReplacesOwn(out, { what: 'a file of predictions', isOwn: (head) => PREDICTED.test(head) });

/** The same of a list of photographs. */
export const assertReplacesImageList = (out: string): Promise<void> =>
  assertReplacesOwn(out, {
    what: 'a list of photographs',
    isOwn: (head) =>
      head
        .split('\n')
        .slice(0, -1)
        .every((line) => isImageName(line)) && head.includes('\n'),
  });

/** The same of figures as JSON, of `score` and `compare`. */
export const assertReplacesFigures = (json: string, option = '--json'): Promise<void> =>
  assertReplacesOwn(json, {
    option,
    what: 'a file of scores',
    isOwn: (head) => /^\s*\{/.test(head) && /"(?:mAP|resamples)":/.test(head),
  });

/** The same of an encoder, the file of `export --backbone-only`: its first lines name its maker. */
export const assertReplacesEncoder = (out: string): Promise<void> =>
  assertReplacesOwn(out, {
    what: 'an encoder that Polytag wrote',
    isOwn: (head) => head.slice(0, 64).includes('\x12\x07polytag'),
  });

/** The same of a page of a report. */
export const assertReplacesPage = (page: string): Promise<void> =>
  assertReplacesOwn(page, { option: '--report', what: 'a page of a report', isOwn: isReportPage });

/**
 * The same of a file of vectors, and of the list beside it: that is replaced only if it has a line for each vector.
 *
 * @throws UsageError `usage/foreign-file`
 */
export async function assertReplacesVectors(npy: string): Promise<void> {
  await assertReplacesOwn(npy, {
    what: 'a file of vectors',
    isOwn: (head) => head.startsWith('\x93NUMPY'),
  });
  const list = listPath(npy);
  const there = await stat(list).catch(() => undefined);
  // A run that died while it gave the names has left the vectors under their first one.
  if (!there?.isFile() || there.size === 0 || (await isThere(`${npy}.part`))) return;
  if ((await rowsOf(npy)) === (await linesOf(list))) return;
  throw new UsageError(
    'usage/foreign-file',
    `${printable(list, 400)} already exists and is not the list of images of ${printable(npy, 400)}.`,
    { hint: `The list of images is written beside --out. Choose another file with --out, or move the list.` },
  );
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Rows of a file of NumPy; undefined where there is none. */
async function rowsOf(npy: string): Promise<number | undefined> {
  const file = await open(npy).catch(() => undefined);
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const shape = /'shape': \((\d+),/.exec(buffer.toString('latin1', 0, bytesRead));
    return shape ? Number(shape[1]) : undefined;
  } finally {
    await file.close();
  }
}

async function linesOf(list: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(list) as AsyncIterable<Buffer>)
    for (const byte of chunk) if (byte === 10) lines++;
  return lines;
}
