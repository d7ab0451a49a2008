import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locateFolder } from '@polytag/checkpoints';
import { UsageError, type NetworkInputs } from '@polytag/core';
import type { ImageNetwork, ModelDigestOptions, Predictor } from '@polytag/evaluation';
import { loadOnnx, type OnnxModel } from '@polytag/onnx-runtime';

export interface OpenOnnxOptions {
  readonly model: string;
  readonly allowModules?: boolean;
  readonly threads?: number;
}

/**
 * An exported model behind `--engine onnx`.
 *
 * @throws UsageError `usage/invalid` for an option that has no meaning there
 * @throws those of `loadOnnx`
 */
export function openOnnx({ model, allowModules, threads }: OpenOnnxOptions): Promise<OnnxModel> {
  if (allowModules) {
    throw new UsageError(
      'usage/invalid',
      '--allow-modules works only with model folders: an ONNX file has no modules.',
      {
        hint: 'Remove it.',
      },
    );
  }
  return loadOnnx(model, { threads });
}

/** @throws UsageError `usage/invalid` for `--threads` with another engine */
export function assertThreads(engine: string, threads: number | undefined): void {
  if (threads === undefined || engine === 'onnx') return;
  throw new UsageError(
    'usage/invalid',
    `--threads works only with --engine onnx; ${engine} uses one thread.`,
    {
      hint: 'Remove it. To use several threads, predict has --replicas.',
    },
  );
}

/** Its outputs are probabilities: nothing is left to do with them. */
export const onnxNetwork = (model: OnnxModel): ImageNetwork => ({
  run: async (images: NetworkInputs) => [await model.predictBatch(images)],
  close: async () => undefined,
});

export const onnxPredictor = (model: OnnxModel): Predictor => ({
  predict: (images: NetworkInputs) => model.predictBatch(images),
  dispose: () => undefined,
});

/** A hash of all that the scores of an exported model depend on, its decisions, and what computes. */
export async function onnxDigest(
  { labels, thresholds, session }: OnnxModel,
  folder: string,
  { computedBy = true }: ModelDigestOptions = {},
): Promise<string> {
  const { name, version } = session.runtime;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([labels.names, thresholds, ...(computedBy ? [name, version] : [])]));
  // Where a writer died as it replaced the folder, its files are beside it.
  const place = (await locateFolder(folder)) ?? folder;
  for (const file of ['model.onnx', 'polytag.json']) hash.update(await readFile(join(place, file)));
  return hash.digest('hex');
}
