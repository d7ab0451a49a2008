import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFolder } from '@polytag/checkpoints';
import { normalisationName, printable } from '@polytag/core';
import type { Streams } from '@polytag/cli';
import type { MultiLabelModel } from '@polytag/model';
import { findOnnxRuntime } from '@polytag/onnx-runtime';
import {
  exportOnnxBackbone,
  huggingFaceFiles,
  huggingFaceOnnx,
  onnxFiles,
  type OnnxOptions,
} from '@polytag/export';
import { cardOf } from '../scoring/model-card.js';
import { notChecked, type CheckedExport } from './checked-export.js';

/** Writes `model.onnx` and what belongs to it. */
export async function writeOnnx(
  work: CheckedExport,
  out: string,
  { input = 'pixels', weights, outputs }: OnnxOptions,
): Promise<void> {
  const { model, runtime } = work;
  const { files, checked, quantised } = await work.withCalibration((quantise) =>
    onnxFiles(model, { input, weights, outputs, runtime, quantise }),
  );
  const measured = await work.compare({ 'model.onnx': files['model.onnx'] }, input);
  await writeFolder(out, files);
  work.tell(checked, quantised, measured);
}

/** Writes a folder for a model hub; its README continues the model's own. */
export async function writeHuggingFace(work: CheckedExport, out: string): Promise<void> {
  const { model, folder, runtime } = work;
  const onnx = await work.withCalibration((quantise) => huggingFaceOnnx(model, { runtime, quantise }));
  const measured = await work.compare(onnx.files, 'normalised');
  const card = await cardOf(folder);
  await writeFolder(out, await huggingFaceFiles(model, out, onnx, { card, measured }));
  work.tell(onnx.checked, onnx.quantised, measured);
}

/** Writes the backbone without its head to a file, and tells how a config takes it. */
export async function writeBackbone(
  model: MultiLabelModel,
  file: string,
  { out, err }: Streams,
): Promise<void> {
  const installed = await findOnnxRuntime();
  await mkdir(dirname(file), { recursive: true });
  const difference = await exportOnnxBackbone(model, file, { runtime: installed?.runtime });
  if (installed)
    out.write(
      `checked with ${installed.name}: features differ from the model’s by at most ${difference!.toExponential(1)} of the largest\n`,
    );
  else err.write(notChecked());
  const { normalisation } = model.preprocessing;
  const given = normalisationName(normalisation) ?? JSON.stringify(normalisation);
  const name = printable(file, Infinity);
  out.write(`${name}: use it in a config as backbone: { onnx: ${name}, normalisation: ${given} }\n`);
}
