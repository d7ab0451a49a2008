import { counted, DataError, InterruptedError, printable } from '@polytag/core';
import { untilInterrupted, type Streams } from '@polytag/cli';
import { useEngine, type EngineName } from '@polytag/engine';
import { modelDigest, runNetwork, type RunNetworkOptions } from '@polytag/evaluation';
import { loadModel, type MultiLabelModel } from '@polytag/model';
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
import { assertReplacesVectors } from '../bulk/own-outputs.js';
import { resumedImages, usableNow, type ResumedImage } from '../bulk/resumed-images.js';
import {
  assertSameSettings,
  removeSettingsRecord,
  writeSettingsRecord,
  type OutputSettings,
} from '../bulk/settings-record.js';
import { ListDigest, removeShardRecord, writeShardRecord } from '../bulk/shard-record.js';
import type { Shard } from '../bulk/shard.js';
import { differs, listPath, VectorFiles } from './vector-files.js';

export interface EmbedOptions extends Omit<RunNetworkOptions, 'mirror'> {
  readonly engine: EngineName;
  readonly from?: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly shard?: Shard;
  readonly strict?: boolean;
}

/**
 * Writes the feature vector of each photograph that can be used, in their order, and a list of them. The others are named
 * on `err`; they are an error in the end.
 *
 * @throws UsageError `usage/no-images`, `usage/out-is-input`, `usage/foreign-file`, `usage/resume-differs`
 * @throws DataError `data/bad-images` after all
 * @throws FileError `file/vanished` where another command has begun to write `out`
 * @throws InterruptedError `embed/interrupted`: what was computed is kept for `resume`
 */
export async function embedImages(
  paths: readonly string[],
  options: EmbedOptions,
  streams: Streams,
): Promise<void> {
  const list = { paths, from: options.from };
  checkImageList(list);
  for (const out of [options.out, listPath(options.out)]) await assertNoInput(out, [...paths, options.from]);
  // What goes on with files looks into them.
  if (!options.resume) await assertReplacesVectors(options.out);
  await useEngine(options.engine);
  const model = await loadModel(options.model, { allowModules: options.allowModules });
  try {
    await untilInterrupted((signal) => embedAll(model, list, options, streams, signal));
  } finally {
    model.dispose();
  }
}

async function embedAll(
  model: MultiLabelModel,
  list: ImageListOptions,
  options: EmbedOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<void> {
  const { shard, out, resume } = options;
  const counting = new AbortController();
  const progress = new BulkProgress(streams, 'embedding', countImages(list, shard, counting.signal));
  const channels = model.backbone.featureChannels;
  const settings: OutputSettings = { maxPixels: options.maxPixels, engine: options.engine };
  const modelHash = () => modelDigest(model, { computedBy: false });
  const beforeChange = async () => {
    if (shard) await removeShardRecord(out);
    await writeSettingsRecord(out, 'embed', { settings, model: await modelHash() });
  };
  const files = resume
    ? await VectorFiles.resume(out, channels, { beforeChange })
    : VectorFiles.create(out, channels, { beforeChange });
  if (files.written) await assertSameSettings(out, 'embed', settings, modelHash);
  const digest = new ListDigest();
  const failed: number[] = [];
  const all = shard ? shareOf(digest.through(placedImages(list, signal)), shard) : placedImages(list, signal);
  const left = leftToDo(all, files, out, (skipped) => progress.add(skipped, skipped));
  let written: number | undefined;
  try {
    for await (const batch of runNetwork(model, left, ['features'], options)) {
      if (signal.aborted) break;
      const found: string[] = [];
      const vectors: Float32Array[] = [];
      for (const row of batch) {
        const { item } = row;
        const error = row.error ?? unlisted(item.path) ?? usableNow(item);
        if (error) {
          if (options.strict) throw error;
          failed.push(item.position);
          progress.bad(error);
        } else if (!row.error) {
          const [vector] = row.rows;
          if (item.written === undefined) {
            found.push(item.path);
            vectors.push(vector);
          } else if (!isSame(vector, files.written!.last))
            throw differs(out, `its vector of ${printable(item.path, 200)} differs from that of this model`);
        }
      }
      await files.add(found, vectors);
      progress.add(batch.length);
    }
    if (signal.aborted)
      throw new InterruptedError(
        'embed/interrupted',
        `Embedding was stopped after ${counted(progress.done, 'photograph')}.`,
        { hint: 'Add --resume to continue after them.' },
      );
    // Where no photograph can be used, a file that is there stays. A shard may be empty.
    if (shard || progress.done > failed.length) {
      written = await files.finish();
      // What was resumed may be resumed again, with a list that has grown.
      if (!resume) await removeSettingsRecord(out, 'embed');
    }
    if (shard) {
      const identity = {
        model: await modelDigest(model),
        options: JSON.stringify({ format: 'npy', channels, maxPixels: options.maxPixels }),
      };
      await writeShardRecord(out, { shard, ...digest.result(), failed, ...identity });
    }
  } finally {
    counting.abort();
    // After a signal, as after a kill, `--resume` goes on.
    if (await files.close({ keep: signal.aborted })) await removeSettingsRecord(out, 'embed');
  }
  if (written !== undefined) {
    const [npy, txt] = [out, listPath(out)].map((path) => printable(path, Infinity));
    const vectors = written === 1 ? '1 vector' : `${written} vectors`;
    streams.out.write(`${vectors} of ${channels} values: ${npy}, images: ${txt}\n`);
  }
  progress.end();
}

/** The photographs without those that an earlier run has done. */
function leftToDo(
  images: AsyncIterable<PlacedImage>,
  { written }: VectorFiles,
  out: string,
  onSkip: (images: number) => void,
): AsyncIterable<ResumedImage<string>> {
  if (!written) return images;
  const entries = written.images.values();
  return resumedImages(
    images,
    {
      next: async () => entries.next().value as string | undefined,
      isOf: (entry, { path }) => entry === path,
      refuse: (entry) =>
        differs(
          out,
          `its list has ${printable(entry, 200)}, but another photograph was given at that position`,
        ),
    },
    onSkip,
  );
}

const isSame = (one: Float32Array, other: Float32Array): boolean =>
  one.every((value, i) => Object.is(value, other[i]));

/** What a list of a path a line cannot hold. */
const unlisted = (path: string): DataError | undefined =>
  /[\r\n]/.test(path)
    ? new DataError(
        'data/line-break',
        `The path ${printable(path, 400)} contains a line break, but the list has one path per line.`,
        {
          hint: 'Rename the file.',
        },
      )
    : undefined;
