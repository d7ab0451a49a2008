import { EngineError, printable } from '@polytag/core';
import type { Streams } from '@polytag/cli';
import { writeFolder } from '@polytag/checkpoints';
import { onnxFiles, type OnnxFiles, type OnnxOptions } from '@polytag/export';
import type { MultiLabelModel } from '@polytag/model';
import { findOnnxRuntime, RUNTIME_TO_INSTALL, type OnnxRuntime } from '@polytag/onnx-runtime';
import { compareOnData, type ComparedOnData } from './compare-on-data.js';
import { withExportData } from './export-data.js';

/** How a model is written as ONNX, and on which images it is looked at. */
export interface WriteOnnxOptions extends OnnxOptions {
  readonly quantise?: 'static';
  /** A label file whose images say which values activations take. */
  readonly calibrate?: string;
  /** A label file on which model and file are compared. */
  readonly check?: string;
}

/** Images that ranges of activations are taken from, at most. */
const CALIBRATION_IMAGES = 500;

/** Writes a model folder as ONNX, and tells what was checked. */
export async function writeOnnx(
  model: MultiLabelModel,
  folder: string,
  out: string,
  options: WriteOnnxOptions,
  streams: Streams,
): Promise<void> {
  const found = await findOnnxRuntime();
  const { quantise, calibrate, check = calibrate } = options;
  const missing = quantise ? '--quantise' : check === undefined ? undefined : '--check';
  if (!found && missing) {
    throw new EngineError(
      'engine/onnx-runtime-missing',
      `${missing} runs the file, and no onnxruntime is installed.`,
      { hint: `npm i ${RUNTIME_TO_INSTALL}, or onnxruntime-node, which is faster and larger.` },
    );
  }
  const bad: (Error | undefined)[] = [];
  const { files, checked } = await filesOf(model, folder, options, found?.runtime, streams, bad);
  const bytes = files['model.onnx'];
  const compared =
    found &&
    check !== undefined &&
    (await withExportData(model, folder, check, { label: 'comparing' }, streams, async (data) => {
      const { input = 'pixels' } = options;
      const result = await compareOnData(bytes, model, { input, runtime: found.runtime }, data);
      bad.push(data.bad());
      return result;
    }));
  await writeFolder(out, files);
  if (!found) {
    streams.err.write(
      `warning: the file was not checked: no onnxruntime is installed. Install one (npm i ${RUNTIME_TO_INSTALL}) and export again.\n`,
    );
    return;
  }
  if (checked)
    streams.out.write(
      `checked with ${found.name}: probabilities differ from the model’s by at most ${checked.probabilities.toExponential(1)}\n`,
    );
  if (compared) streams.out.write(comparison(compared, model, bytes.length, check!, found.name));
  const error = bad.find((one) => one !== undefined);
  if (error) throw error;
}

function filesOf(
  model: MultiLabelModel,
  folder: string,
  { input, weights, outputs, quantise, calibrate }: WriteOnnxOptions,
  runtime: OnnxRuntime | undefined,
  streams: Streams,
  bad: (Error | undefined)[],
): Promise<OnnxFiles> {
  const options = { input, weights, outputs, runtime };
  if (!quantise || calibrate === undefined || !runtime) return onnxFiles(model, options);
  const taken = { label: 'taking ranges', most: CALIBRATION_IMAGES };
  return withExportData(
    model,
    folder,
    calibrate,
    taken,
    streams,
    async ({ batches, report, bad: failed }) => {
      const files = await onnxFiles(model, { ...options, quantise: { images: batches, runtime, report } });
      bad.push(failed());
      return files;
    },
  );
}

/** A table of the model and its file. */
function comparison(
  { images, model, onnx }: ComparedOnData,
  { parameters }: MultiLabelModel,
  bytes: number,
  data: string,
  runtime: string,
): string {
  const values = parameters.reduce((sum, { variable }) => sum + variable.shape.reduce(product, 1), 0);
  const megabytes = (size: number) => `${(size / 1e6).toFixed(2)} MB`;
  const loss = 100 * (model.mAP - onnx.mAP);
  const row = (cells: readonly string[]) =>
    `${cells[0].padEnd(28)}${cells
      .slice(1)
      .map((cell) => cell.padStart(12))
      .join('')}\n`;
  const figures = ({ mAP, imagesPerSecond }: ComparedOnData['model']) => [
    (100 * mAP).toFixed(2),
    imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0),
  ];
  return (
    `on ${images} images of ${printable(data, Infinity)}\n` +
    row(['', 'size', 'mAP, %', 'images/s']) +
    row(['model', megabytes(4 * values), ...figures(model)]) +
    row([`model.onnx in ${runtime}`, megabytes(bytes), ...figures(onnx)]) +
    `the file loses ${Math.abs(loss) < 0.005 ? '0.00' : loss.toFixed(2)} points of mAP\n`
  );
}

const product = (all: number, size: number | null): number => all * size!;
