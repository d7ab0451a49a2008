import { stat } from 'node:fs/promises';
import { DataError, InterruptedError, printable } from '@polytag/core';
import { untilInterrupted, type Streams } from '@polytag/cli';
import type { RunNetworkOptions } from '@polytag/evaluation';
import { assertNoInput } from '../bulk/assert-no-input.js';
import { BulkProgress } from '../bulk/bulk-progress.js';
import {
  checkImageList,
  countImages,
  placedImages,
  type ImageListOptions,
  type PlacedImage,
} from '../bulk/image-list.js';
import { isInShard, type Shard } from '../bulk/shard.js';
import type { EngineChoice } from '../options.js';
import { formatOf, linesOf, type LabelChoice, type LineFormat, type Lines } from './line-format.js';
import { fileOutput, streamOutput, type LineOutput } from './line-output.js';
import { ListDigest, removeShardRecord, writeShardRecord } from './shard-record.js';
import { openPredictingModel, type PredictingModel } from './predicting-model.js';
import { assertSameLine, writtenLines, type ResumedImage } from './written-lines.js';

export interface PredictOptions extends Omit<RunNetworkOptions, 'engine'>, LabelChoice {
  readonly engine: EngineChoice;
  readonly threads?: number;
  readonly from?: string;
  readonly threshold?: number;
  readonly json?: boolean;
  readonly format?: LineFormat;
  readonly out?: string;
  readonly resume?: boolean;
  readonly shard?: Shard;
  readonly strict?: boolean;
}

/**
 * Predicts the labels of photographs, and writes a line for each that can be used, in their order. The others are named
 * on `err`; they are an error in the end.
 *
 * @throws UsageError `usage/no-images`, `usage/out-is-input`, `usage/resume-differs`
 * @throws DataError `data/bad-images` after all
 * @throws FileError `file/vanished` where `out` is not in its place in the end
 * @throws InterruptedError `predict/interrupted` after a signal: the lines that are written stay
 */
export async function predictImages(
  paths: readonly string[],
  options: PredictOptions,
  streams: Streams,
): Promise<void> {
  checkImageList({ paths, from: options.from });
  if (options.out !== undefined) await assertNoInput(options.out, [...paths, options.from]);
  const model = await openPredictingModel(options);
  try {
    await untilInterrupted((signal) =>
      predictAll(model, { paths, from: options.from }, options, streams, signal),
    );
  } finally {
    await model.close();
  }
}

async function predictAll(
  model: PredictingModel,
  list: ImageListOptions,
  options: PredictOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<void> {
  const { shard, out, strict } = options;
  const format = options.format ?? (options.json ? 'jsonl' : formatOf(out));
  const lines = linesOf(model, format, options);
  const digest = new ListDigest();
  const counting = new AbortController();
  const progress = new BulkProgress(streams, 'predicting', countImages(list, shard, counting.signal));
  const failed: number[] = [];
  const all = shard ? digest.through(placedImages(list, signal)) : placedImages(list, signal);
  const { images, output } = await begin(
    shard ? shareOf(all, shard) : all,
    lines,
    options,
    streams,
    progress,
  );
  const isSingle = list.paths.length === 1 && list.from === undefined;
  try {
    for await (const batch of model.run(images)) {
      let text = '';
      for (const row of batch) {
        const error = row.error ?? usableNow(row.item);
        if (error) {
          if (strict || (isSingle && row.item.path === list.paths[0])) {
            await output.write(text);
            throw error;
          }
          failed.push(row.item.position);
          progress.bad(error);
        } else if (!row.error) {
          const { path, written } = row.item;
          const line = lines.line(path, model.scores(row.rows[0]));
          if (written !== undefined) assertSameLine(out!, path, written, line);
          else text += line;
        }
      }
      if (text !== '') await output.write(text);
      progress.add(batch.length);
      if (output.ended) return;
      if (signal.aborted) throw interrupted(progress.done, options);
    }
    if (signal.aborted) throw interrupted(progress.done, options);
    await output.finish();
    if (shard) {
      const { top, scores, threshold, maxPixels } = options;
      const settings = JSON.stringify({ format, top, scores, threshold, maxPixels });
      const record = {
        shard,
        ...digest.result(),
        failed,
        model: await model.digest(),
        options: settings,
      };
      await writeShardRecord(out!, record);
    }
  } finally {
    counting.abort();
    await output.close();
  }
  progress.end();
}

/** Opens what is written to, and leaves out what an earlier run has done. */
async function begin(
  images: AsyncIterable<PlacedImage>,
  lines: Lines,
  { out, resume, shard }: PredictOptions,
  streams: Streams,
  progress: BulkProgress,
): Promise<{ readonly images: AsyncIterable<ResumedImage>; readonly output: LineOutput }> {
  if (out === undefined) {
    const output = streamOutput(streams);
    await output.write(lines.header);
    return { images, output };
  }
  if (shard) await removeShardRecord(out);
  if (resume && (await stat(out).catch(() => undefined))?.isFile()) {
    const written = await writtenLines(out, lines);
    const output = await fileOutput(out, () => written.end);
    if (written.end === 0) await output.write(lines.header);
    return { images: written.after(images, (skipped) => progress.add(skipped, skipped)), output };
  }
  const output = await fileOutput(out);
  await output.write(lines.header);
  return { images, output };
}

async function* shareOf(images: AsyncIterable<PlacedImage>, shard: Shard): AsyncGenerator<PlacedImage> {
  for await (const image of images) if (isInShard(image.position, shard)) yield image;
}

/** An image without a line, although those after it have one, cannot be given one any more. */
const usableNow = ({ failedBefore, path }: ResumedImage): DataError | undefined =>
  failedBefore
    ? new DataError(
        'data/was-unusable',
        `${printable(path, 400)} can be read now, and could not before the interruption: it has no line.`,
        { hint: 'Start anew without --resume to have it among the others.' },
      )
    : undefined;

function interrupted(done: number, { out }: PredictOptions): InterruptedError {
  return new InterruptedError('predict/interrupted', `Predicting was stopped after ${done} photographs.`, {
    hint: out === undefined ? undefined : 'The lines written are whole; add --resume to go on after them.',
  });
}
