import { stat } from 'node:fs/promises';
import { counted, InterruptedError, UsageError } from '@polytag/core';
import { untilInterrupted, type Streams } from '@polytag/cli';
import type { RunNetworkOptions } from '@polytag/evaluation';
import { nameToShare } from '@polytag/files';
import { aboveThreshold, best } from '@polytag/model';
import { assertNoInput } from '../bulk/assert-no-input.js';
import { BulkProgress } from '../bulk/bulk-progress.js';
import {
  checkImageList,
  countImages,
  placedImages,
  shareOf,
  type ImageListOptions,
  type PlacedImage,
} from '../bulk/image-list.js';
import { assertReplacesPredictions } from '../bulk/own-outputs.js';
import { usableNow, type ResumedImage } from '../bulk/resumed-images.js';
import {
  assertSameSettings,
  removeSettingsRecord,
  writeSettingsRecord,
  type OutputSettings,
} from '../bulk/settings-record.js';
import { ListDigest, removeShardRecord, writeShardRecord } from '../bulk/shard-record.js';
import type { Shard } from '../bulk/shard.js';
import type { EngineChoice } from '../options.js';
import { ExplanationFolder } from './explanation-folder.js';
import { formatOf, type LineFormat } from './line-format.js';
import { linesOf, type LineOptions, type Lines } from './lines.js';
import { fileOutput, streamOutput, type LineOutput } from './line-output.js';
import { openPredictingModel, type PredictingModel } from './predicting-model.js';
import { assertSameLine, writtenLines } from './written-lines.js';

export interface PredictOptions extends Omit<RunNetworkOptions, 'mirror'>, LineOptions {
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
  /** The score is the mean of the probabilities of an image and of its mirror image. */
  readonly flip?: boolean;
  /** Folder that gets pictures of where the labels were seen. */
  readonly explain?: string;
}

/**
 * Predicts the labels of photographs, and writes a line for each that can be used, in their order. The others are named
 * on `err`; they are an error in the end.
 *
 * @throws UsageError `usage/no-images`, `usage/out-is-input`, `usage/foreign-file`, `usage/resume-differs`; `usage/folder-not-empty` of `explain`
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
  if (options.out !== undefined) {
    await assertNoInput(options.out, [...paths, options.from]);
    // What goes on with a file compares its lines.
    if (!options.resume) await assertReplacesPredictions(options.out);
  }
  if (options.explain !== undefined) assertExplains(options);
  const model = await openPredictingModel(options);
  try {
    await untilInterrupted((signal) =>
      predictAll(model, { paths, from: options.from }, options, streams, signal),
    );
  } finally {
    await model.close();
  }
}

/** @throws UsageError `usage/invalid` */
function assertExplains({ engine }: PredictOptions): void {
  if (engine !== 'onnx') return;
  throw new UsageError('usage/invalid', '--explain does not work with --engine onnx.', {
    hint: 'Remove --engine onnx. An exported model has heat maps if it was written by export --outputs heatmap.',
  });
}

/** What writes pictures of where the labels of a photograph were seen; nothing where none are wanted. */
async function explainer(
  { labels, thresholds, explains }: PredictingModel,
  { explain: folder, model, top, maxPixels }: PredictOptions,
) {
  if (folder === undefined || !explains) return undefined;
  const pictures = await ExplanationFolder.open(folder, {
    model: nameToShare(model),
    kind: explains.kind,
    maxPixels,
  });
  return {
    add: async (path: string, scores: ArrayLike<number>) => {
      const told = top ? best(scores, labels, top) : aboveThreshold(scores, labels, thresholds);
      const names = told.map(({ label }) => label);
      await pictures.add(path, names.length > 0 ? await explains.explain(path, names) : []);
    },
    finish: () => pictures.finish(),
  };
}

async function predictAll(
  model: PredictingModel,
  list: ImageListOptions,
  options: PredictOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<void> {
  const { shard, out, strict } = options;
  const explanations = await explainer(model, options);
  const format = options.format ?? (options.json ? 'jsonl' : formatOf(out));
  const lines = linesOf(model, format, options);
  const digest = new ListDigest();
  const counting = new AbortController();
  const progress = new BulkProgress(streams, 'predicting', countImages(list, shard, counting.signal));
  const failed: number[] = [];
  const all = shard ? digest.through(placedImages(list, signal)) : placedImages(list, signal);
  const { top, scores, exact, threshold, flip, maxPixels, engine } = options;
  const settings = { format, top, scores, exact, threshold, flip, maxPixels };
  const { images, output } = await begin(
    shard ? shareOf(all, shard) : all,
    { lines, settings: { ...settings, engine }, model },
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
            if (text !== '') await output.write(text);
            throw error;
          }
          failed.push(row.item.position);
          progress.bad(error);
        } else if (!row.error) {
          const { path, written } = row.item;
          const scores = model.scores(row.rows[0], row.mirrored?.[0]);
          const line = lines.line(path, scores);
          await explanations?.add(path, scores);
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
    // Where no photograph can be used, a file that is there stays: a path may be mistyped. A shard may be empty.
    if (shard || progress.done > failed.length) {
      await output.finish();
      // What was resumed may be resumed again, with a list that has grown.
      if (out !== undefined && !options.resume) await removeSettingsRecord(out, 'predict');
    }
    await explanations?.finish();
    if (shard) {
      const record = {
        shard,
        ...digest.result(),
        failed,
        model: await model.digest(),
        options: JSON.stringify(settings),
      };
      await writeShardRecord(out!, record);
    }
  } finally {
    counting.abort();
    await output.close();
  }
  progress.end();
  for (const line of model.warnings) streams.err.write(`${line}\n`);
}

/** What lines are made with. */
interface LineMaker {
  readonly lines: Lines;
  readonly settings: OutputSettings;
  readonly model: PredictingModel;
}

/** Opens what is written to, and leaves out what an earlier run has done. */
async function begin(
  images: AsyncIterable<PlacedImage>,
  { lines, settings, model }: LineMaker,
  { out, resume, shard }: PredictOptions,
  streams: Streams,
  progress: BulkProgress,
): Promise<{ readonly images: AsyncIterable<ResumedImage<string>>; readonly output: LineOutput }> {
  const { header } = lines;
  if (out === undefined) return { images, output: streamOutput(streams, header) };
  const modelHash = () => model.digest({ computedBy: false });
  const beforeChange = async () => {
    if (shard) await removeShardRecord(out);
    await writeSettingsRecord(out, 'predict', { settings, model: await modelHash() });
  };
  if (resume && (await stat(out).catch(() => undefined))?.isFile()) {
    await assertSameSettings(out, 'predict', settings, modelHash);
    const written = await writtenLines(out, lines);
    const output = await fileOutput(out, { header, kept: () => written.end, beforeChange });
    return { images: written.after(images, (skipped) => progress.add(skipped, skipped)), output };
  }
  return { images, output: await fileOutput(out, { header, beforeChange }) };
}

function interrupted(done: number, { out }: PredictOptions): InterruptedError {
  return new InterruptedError(
    'predict/interrupted',
    `Predicting was stopped after ${counted(done, 'photograph')}.`,
    {
      hint:
        out === undefined
          ? undefined
          : 'The lines written are complete; add --resume to continue after them.',
    },
  );
}
