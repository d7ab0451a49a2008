import { EngineError, printable } from '@polytag/core';
import type { Streams } from '@polytag/cli';
import type {
  CheckedOnnx,
  MeasuredFile,
  MeasuredOnData,
  QuantisationData,
  QuantisedConvolutions,
} from '@polytag/export';
import { readLabelFile } from '@polytag/datasets';
import { nameToShare } from '@polytag/files';
import type { MultiLabelModel } from '@polytag/model';
import {
  findOnnxRuntime,
  RUNTIME_TO_INSTALL,
  type InstalledRuntime,
  type OnnxInput,
} from '@polytag/onnx-runtime';
import { checkLabels } from '../scoring/check-labels.js';
import { compareOnData, type Measured } from './compare-on-data.js';
import { withExportData } from './export-data.js';

/** On which images an export is looked at. */
export interface CheckOptions {
  readonly quantise?: 'static';
  /** A label file whose images say which values activations take. */
  readonly calibrate?: string;
  /** A label file on which model and files are compared. */
  readonly check?: string;
  readonly maxPixels?: number;
}

/** Images that ranges of activations are taken from, at most. */
const CALIBRATION_IMAGES = 200;

/** A model on its way into ONNX files, which are looked at before they are written. */
export class CheckedExport {
  /** What images that cannot be used are in the end. */
  #bad?: Error;

  private constructor(
    readonly model: MultiLabelModel,
    /** Where the model is from. */
    readonly folder: string,
    private readonly options: CheckOptions,
    private readonly streams: Streams,
    private readonly installed?: InstalledRuntime,
  ) {}

  /**
   * @throws EngineError `engine/onnx-runtime-missing` where an option needs a runtime and none is installed; DataError of a
   *   label file
   */
  static async open(
    model: MultiLabelModel,
    folder: string,
    options: CheckOptions,
    streams: Streams,
  ): Promise<CheckedExport> {
    const installed = await findOnnxRuntime();
    const needs = options.quantise ? '--quantise' : options.check === undefined ? undefined : '--check';
    if (needs && !installed) {
      throw new EngineError(
        'engine/onnx-runtime-missing',
        `${needs} needs onnxruntime, which is not installed.`,
        { hint: `Install it: npm i ${RUNTIME_TO_INSTALL}, or onnxruntime-node, which is faster and larger.` },
      );
    }
    // What is wrong with a label file is told before anything takes long.
    for (const file of [options.calibrate, options.check])
      if (file !== undefined)
        checkLabels(model, folder, await readLabelFile(file, { missingImages: 'keep' }));
    return new CheckedExport(model, folder, options, streams, installed);
  }

  get runtime(): InstalledRuntime['runtime'] | undefined {
    return this.installed?.runtime;
  }

  /** Hands over the images of `--calibrate`, where it is given. */
  withCalibration<Result>(use: (quantise?: QuantisationData) => Promise<Result>): Promise<Result> {
    const { runtime } = this;
    const { quantise, calibrate, maxPixels } = this.options;
    if (!quantise || calibrate === undefined || !runtime) return use();
    const taken = { label: 'measuring ranges', most: CALIBRATION_IMAGES, maxPixels };
    return withExportData(this.model, this.folder, calibrate, taken, this.streams, async (data) => {
      const result = await use({
        images: data.batches,
        runtime,
        report: data.report,
        reportConvolution: (done, total) => data.reportOther('testing convolutions', done, total),
      });
      this.#bad ??= data.bad();
      return result;
    });
  }

  /** Compares model and files on the images of `--check`, else of `--calibrate`; undefined where neither is given. */
  async compare(
    files: Readonly<Record<string, Uint8Array>>,
    input: OnnxInput,
  ): Promise<MeasuredOnData | undefined> {
    const { model, folder, runtime, streams } = this;
    const { calibrate, check = calibrate, maxPixels } = this.options;
    if (check === undefined || !runtime) return undefined;
    const found = await withExportData(
      model,
      folder,
      check,
      { label: 'comparing', maxPixels },
      streams,
      async (data) => {
        const result = await compareOnData(Object.values(files), model, { input, runtime }, data);
        this.#bad ??= data.bad();
        return result;
      },
    );
    const measured = (name: string, bytes: number, values: Measured): MeasuredFile => ({
      name,
      bytes,
      ...values,
    });
    const weights = model.parameters.reduce(
      (sum, { variable }) => sum + variable.shape.reduce(product, 1),
      0,
    );
    return {
      data: nameToShare(check),
      images: found.images,
      model: measured(nameToShare(folder), 4 * weights, found.model),
      files: Object.entries(files).map(([name, bytes], i) => measured(name, bytes.length, found.files[i])),
    };
  }

  /**
   * Tells what was found, after the files are written.
   *
   * @throws DataError `data/bad-images` where some images could not be used
   */
  tell(
    checked: CheckedOnnx | undefined,
    quantised: QuantisedConvolutions | undefined,
    measured: MeasuredOnData | undefined,
  ): void {
    const { out, err } = this.streams;
    if (!this.installed) {
      err.write(notChecked());
      return;
    }
    const { name } = this.installed;
    if (checked)
      out.write(
        `checked with ${name}: probabilities differ from the model’s by at most ${checked.probabilities.toExponential(1)}\n`,
      );
    if (quantised)
      out.write(
        `quantised: ${quantised.convolutions} of the backbone’s ${quantised.of} convolutions${quantised.convolutions < quantised.of ? '; rounding the others would change the scores more' : ''}\n`,
      );
    if (measured) out.write(table(measured, name));
    if (this.#bad) throw this.#bad;
  }
}

export const notChecked = (): string =>
  `warning: the file was not checked, because onnxruntime is not installed. Install it (npm i ${RUNTIME_TO_INSTALL}) and export again.\n`;

function table({ data, images, model, files }: MeasuredOnData, runtime: string): string {
  const names = ['', model.name, ...files.map(({ name }) => name)].map((name) => printable(name, Infinity));
  const width = Math.max(...names.map((name) => name.length));
  const cells = [
    ['size', 'mAP, %', 'lost', 'images/s'],
    ...[model, ...files].map(({ bytes, mAP, imagesPerSecond }, i) => [
      `${(bytes / 1e6).toFixed(2)} MB`,
      (100 * mAP).toFixed(2),
      i === 0 ? '' : points(model.mAP - mAP),
      imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0),
    ]),
  ];
  const rows = cells.map(
    (row, i) => `${names[i].padEnd(width)}${row.map((cell) => cell.padStart(12)).join('')}\n`,
  );
  return `on ${images} images of ${printable(data, Infinity)}, files in ${runtime}\n${rows.join('')}`;
}

/** Points of mAP; none without a sign. */
const points = (loss: number): string => (100 * loss).toFixed(2).replace(/^-0\.00$/, '0.00');

const product = (all: number, size: number | null): number => all * size!;
