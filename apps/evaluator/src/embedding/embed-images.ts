import { DataError, InterruptedError, printable } from '@polytag/core';
import { untilInterrupted, type Streams } from '@polytag/cli';
import { useEngine } from '@polytag/engine';
import { runNetwork, type RunNetworkOptions } from '@polytag/evaluation';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { assertNoInput } from '../bulk/assert-no-input.js';
import { BulkProgress } from '../bulk/bulk-progress.js';
import { checkImageList, countImages, placedImages, type ImageListOptions } from '../bulk/image-list.js';
import { listPath, VectorFiles } from './vector-files.js';

export interface EmbedOptions extends RunNetworkOptions {
  readonly from?: string;
  readonly out: string;
  readonly strict?: boolean;
}

/**
 * Writes the feature vector of each photograph that can be used, in their order, and a list of them. The others are named
 * on `err`; they are an error in the end.
 *
 * @throws UsageError `usage/no-images`, `usage/out-is-input`
 * @throws DataError `data/bad-images` after all
 * @throws InterruptedError `embed/interrupted`: nothing is written
 */
export async function embedImages(
  paths: readonly string[],
  options: EmbedOptions,
  streams: Streams,
): Promise<void> {
  const list = { paths, from: options.from };
  checkImageList(list);
  for (const out of [options.out, listPath(options.out)]) await assertNoInput(out, [...paths, options.from]);
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
  const counting = new AbortController();
  const progress = new BulkProgress(streams, 'embedding', countImages(list, undefined, counting.signal));
  const channels = model.backbone.featureChannels;
  const files = await VectorFiles.create(options.out, channels);
  let written = 0;
  try {
    for await (const batch of runNetwork(model, placedImages(list, signal), ['features'], options)) {
      if (signal.aborted) break;
      const found: string[] = [];
      const vectors: Float32Array[] = [];
      for (const row of batch) {
        const error = row.error ?? unlisted(row.item.path);
        if (error) {
          if (options.strict) throw error;
          progress.bad(error);
        } else if (!row.error) {
          found.push(row.item.path);
          vectors.push(row.rows[0]);
        }
      }
      await files.add(found, vectors);
      written += found.length;
      progress.add(batch.length);
    }
    if (signal.aborted)
      throw new InterruptedError('embed/interrupted', 'Embedding was stopped. Nothing is written.');
    await files.finish();
  } finally {
    counting.abort();
    await files.close();
  }
  const [npy, txt] = [options.out, listPath(options.out)].map((path) => printable(path, Infinity));
  streams.out.write(`${written} vectors of ${channels} values: ${npy}, images: ${txt}\n`);
  progress.end();
}

/** What a list of a path a line cannot hold. */
const unlisted = (path: string): DataError | undefined =>
  /[\r\n]/.test(path)
    ? new DataError(
        'data/line-break',
        `The name ${printable(path, 400)} holds a line break, and the list has a path a line.`,
        {
          hint: 'Rename it.',
        },
      )
    : undefined;
