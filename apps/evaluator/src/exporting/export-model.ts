import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable, UsageError } from '@polytag/core';
import type { Streams } from '@polytag/cli';
import { useEngine } from '@polytag/engine';
import { exportTfjs, type WeightType } from '@polytag/export';
import { loadModel } from '@polytag/model';
import { writeOnnx, type WriteOnnxOptions } from './write-onnx.js';

export interface ExportOptions extends WriteOnnxOptions {
  readonly model: string;
  readonly allowModules?: boolean;
  readonly out: string;
  readonly format: 'tfjs' | 'onnx';
  readonly weights: WeightType;
}

/** Writes a model folder in another format, and tells the files. */
export async function exportModel(options: ExportOptions, streams: Streams): Promise<void> {
  const { model: folder, allowModules, out, format } = options;
  assertOptionsFit(options);
  // To write weights computes nothing.
  await useEngine(format === 'onnx' ? 'wasm' : 'cpu');
  const model = await loadModel(folder, { allowModules });
  try {
    if (format === 'onnx') await writeOnnx(model, folder, out, options, streams);
    else await exportTfjs(model, out, { weights: options.weights as 'float32' | 'float16' });
  } finally {
    model.dispose();
  }
  const names = (await readdir(out)).sort();
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(out, name))).size));
  const kilobytes = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1000);
  const main = format === 'onnx' ? 'model.onnx' : 'model.json';
  streams.out.write(`${printable(join(out, main), Infinity)}: ${names.length} files, ${kilobytes} kB\n`);
}

/** @throws UsageError `usage/invalid` for an option that does not fit the others */
function assertOptionsFit({
  format,
  weights,
  input,
  outputs,
  quantise,
  calibrate,
  check,
}: ExportOptions): void {
  if (quantise && calibrate === undefined)
    throw new UsageError('usage/invalid', '--quantise static needs images.', {
      hint: 'Add --calibrate and a label file, e.g. --calibrate data/val.json.',
    });
  if (!quantise && calibrate !== undefined)
    throw new UsageError('usage/invalid', '--calibrate is for --quantise static.', {
      hint: 'Add --quantise static. To score the file on images, use --check.',
    });
  if (format === 'onnx') return;
  const given = Object.entries({
    '--weights int8': weights === 'int8',
    '--input': input !== undefined,
    '--outputs': outputs !== undefined,
    '--quantise': quantise !== undefined,
    '--check': check !== undefined,
  }).find(([, isGiven]) => isGiven);
  if (!given) return;
  throw new UsageError('usage/invalid', `${given[0]} is for --format onnx.`, {
    hint: 'Leave it out, or add --format onnx.',
  });
}
