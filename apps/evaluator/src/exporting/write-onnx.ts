import { writeFolder } from '@polytag/checkpoints';
import { huggingFaceFiles, huggingFaceOnnx, onnxFiles, type OnnxOptions } from '@polytag/export';
import { cardOf } from '../scoring/model-card.js';
import type { CheckedExport } from './checked-export.js';

/** Writes `model.onnx` and what belongs to it. */
export async function writeOnnx(
  work: CheckedExport,
  out: string,
  { input = 'pixels', weights, outputs }: OnnxOptions,
): Promise<void> {
  const { model, runtime } = work;
  const { files, checked } = await work.withCalibration((quantise) =>
    onnxFiles(model, { input, weights, outputs, runtime, quantise }),
  );
  const measured = await work.compare({ 'model.onnx': files['model.onnx'] }, input);
  await writeFolder(out, files);
  work.tell(checked, measured);
}

/** Writes a folder for a model hub; its README continues the model's own. */
export async function writeHuggingFace(work: CheckedExport, out: string): Promise<void> {
  const { model, folder, runtime } = work;
  const onnx = await work.withCalibration((quantise) => huggingFaceOnnx(model, { runtime, quantise }));
  const measured = await work.compare(onnx.files, 'normalised');
  const card = await cardOf(folder);
  await writeFolder(out, await huggingFaceFiles(model, out, onnx, { card, measured }));
  work.tell(onnx.checked, measured);
}
