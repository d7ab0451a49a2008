import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable, UsageError } from '@polytag/core';
import type { Streams } from '@polytag/cli';
import { useEngine } from '@polytag/engine';
import { exportTfjs, type OnnxOptions, type WeightType } from '@polytag/export';
import { assertReplaceable, loadModel } from '@polytag/model';
import { assertNoInput } from '../bulk/assert-no-input.js';
import { assertReplacesEncoder } from '../bulk/own-outputs.js';
import { flipWarnings } from '../scoring/flip-warning.js';
import { CheckedExport, type CheckOptions } from './checked-export.js';
import { writeBackbone, writeHuggingFace, writeOnnx } from './write-onnx.js';

export interface ExportOptions extends OnnxOptions, CheckOptions {
  readonly model: string;
  readonly allowModules?: boolean;
  readonly out: string;
  readonly format: keyof typeof MAIN_FILES;
  readonly weights: WeightType;
  readonly backboneOnly?: boolean;
}

/** What of each format is told. */
const MAIN_FILES = { tfjs: 'model.json', onnx: 'model.onnx', huggingface: 'README.md' } as const;

/** Writes a model folder in another format, and tells the files. */
export async function exportModel(options: ExportOptions, streams: Streams): Promise<void> {
  const { model: folder, allowModules, out, format } = options;
  assertOptionsFit(options);
  if (options.backboneOnly) {
    await assertNoInput(out, [join(folder, 'model.safetensors')]);
    await assertReplacesEncoder(out);
  } else await assertReplacesExport(out, format);
  // To write weights computes nothing.
  await useEngine(format === 'tfjs' ? 'cpu' : 'wasm');
  const model = await loadModel(folder, { allowModules });
  try {
    if (options.backboneOnly) return await writeBackbone(model, out, streams);
    for (const line of flipWarnings(model, false, false)) streams.err.write(`${line}\n`);
    if (format === 'tfjs') {
      await exportTfjs(model, out, { weights: options.weights as 'float32' | 'float16' });
    } else {
      const work = await CheckedExport.open(model, folder, options, streams);
      await (format === 'onnx' ? writeOnnx(work, out, options) : writeHuggingFace(work, out));
    }
  } finally {
    model.dispose();
  }
  await tellFiles(options, streams);
}

/**
 * A former export may be replaced, not a model that was trained, or a checkpoint: its weights are nowhere else. A hub folder
 * is both, and is replaced by another one alone: the model may have been fetched with it.
 *
 * @throws UsageError `usage/foreign-folder`
 */
async function assertReplacesExport(out: string, format: ExportOptions['format']): Promise<void> {
  await assertReplaceable(out);
  const names = await readdir(out, { recursive: true }).catch((): string[] => []);
  const isExport = names.some((name) => /(?:^|[/\\])model\.(?:json|onnx)$/.test(name));
  const holdsModel = names.includes('model.safetensors') && format !== 'huggingface';
  if (!names.includes('manifest.json') || (isExport && !holdsModel)) return;
  throw new UsageError(
    'usage/foreign-folder',
    `${printable(out, 400)} holds a model or a checkpoint, which an export would replace.`,
    { hint: 'Name another folder with --out.' },
  );
}

async function tellFiles({ out, format }: ExportOptions, streams: Streams): Promise<void> {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  const kilobytes = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1000);
  const main = printable(join(out, MAIN_FILES[format]), Infinity);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  streams.out.write(`${printable(out, Infinity)}: ${count}, ${kilobytes} kB; load ${main}\n`);
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
  backboneOnly,
}: ExportOptions): void {
  if (quantise && calibrate === undefined)
    throw new UsageError('usage/invalid', '--quantise static needs --calibrate.', {
      hint: 'Add --calibrate and a label file, e.g. --calibrate data/val.json.',
    });
  if (!quantise && calibrate !== undefined)
    throw new UsageError('usage/invalid', '--calibrate works only with --quantise static.', {
      hint: 'Add --quantise static. To evaluate the exported file on images, use --check.',
    });
  const given = Object.entries({
    '--weights int8': format === 'tfjs' && weights === 'int8',
    // A hub folder has them all.
    '--weights': format === 'huggingface' && weights !== 'float32',
    '--input': format !== 'onnx' && input !== undefined,
    '--outputs': format !== 'onnx' && outputs !== undefined,
    '--backbone-only': format !== 'onnx' && backboneOnly,
  }).find(([, isGiven]) => isGiven);
  if (given)
    throw new UsageError('usage/invalid', `${given[0]} works only with --format onnx.`, {
      hint: 'Remove it, or add --format onnx.',
    });
  const ofWhole = Object.entries({
    '--weights': weights !== 'float32',
    '--input': input,
    '--outputs': outputs,
    '--quantise': quantise,
    '--check': check,
  }).find(([, isGiven]) => isGiven);
  if (backboneOnly && ofWhole)
    throw new UsageError('usage/invalid', `${ofWhole[0]} does not work with --backbone-only.`, {
      hint: 'Remove it: an encoder has float32 weights, takes normalised images and outputs its feature map.',
    });
  const looked = quantise ? '--quantise' : check === undefined ? undefined : '--check';
  if (format === 'tfjs' && looked)
    throw new UsageError('usage/invalid', `${looked} works only with --format onnx and huggingface.`, {
      hint: 'Remove it, or add --format onnx.',
    });
}
