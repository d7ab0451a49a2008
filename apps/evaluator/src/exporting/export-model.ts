import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable, UsageError } from '@polytag/core';
import type { Streams } from '@polytag/cli';
import { useEngine } from '@polytag/engine';
import { exportOnnx, exportTfjs, type OnnxInput, type OnnxOutput, type WeightType } from '@polytag/export';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { onnxRuntime, RUNTIME_TO_INSTALL } from './onnx-runtime.js';

export interface ExportOptions {
  readonly model: string;
  readonly allowModules?: boolean;
  readonly out: string;
  readonly format: 'tfjs' | 'onnx';
  readonly weights: WeightType;
  readonly input?: OnnxInput;
  readonly outputs?: readonly OnnxOutput[];
}

/** Writes a model folder in another format, and tells the files. */
export async function exportModel(options: ExportOptions, streams: Streams): Promise<void> {
  const { model: folder, allowModules, out, format } = options;
  assertOptionsFit(options);
  // Only the check of an ONNX file computes anything.
  await useEngine(format === 'onnx' ? 'wasm' : 'cpu');
  const model = await loadModel(folder, { allowModules });
  try {
    if (format === 'onnx') await writeOnnx(model, options, streams);
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

async function writeOnnx(
  model: MultiLabelModel,
  { out, weights, input, outputs }: ExportOptions,
  { out: results, err }: Streams,
): Promise<void> {
  const found = await onnxRuntime();
  const checked = await exportOnnx(model, out, { weights, input, outputs, runtime: found?.runtime });
  if (found && checked) {
    results.write(
      `checked with ${found.name}: probabilities differ from the model’s by at most ${checked.probabilities.toExponential(1)}\n`,
    );
    return;
  }
  err.write(
    `warning: the file was not checked: no onnxruntime is installed. Install one (npm i ${RUNTIME_TO_INSTALL}) and export again.\n`,
  );
}

/** @throws UsageError `usage/invalid` for an option that the format has not */
function assertOptionsFit({ format, weights, input, outputs }: ExportOptions): void {
  if (format === 'onnx') return;
  const given = Object.entries({
    '--weights int8': weights === 'int8',
    '--input': input !== undefined,
    '--outputs': outputs !== undefined,
  }).find(([, isGiven]) => isGiven);
  if (!given) return;
  throw new UsageError('usage/invalid', `${given[0]} is for --format onnx.`, {
    hint: 'Leave it out, or add --format onnx.',
  });
}
