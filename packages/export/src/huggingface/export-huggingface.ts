import { writeFolder } from '@polytag/checkpoints';
import { modelFiles, type MultiLabelModel } from '@polytag/model';
import type { OnnxRuntime } from '@polytag/onnx-runtime';
import type { CheckedOnnx } from '../onnx/check-onnx.js';
import { onnxFiles, type QuantisedConvolutions } from '../onnx/onnx-files.js';
import type { QuantisationData } from '../onnx/quantise/calibrate.js';
import { tfjsFiles } from '../tfjs/tfjs-files.js';
import { hasTfjs, hubCard, type MeasuredOnData } from './hub-card.js';

/** The input that transformers.js gives a network, and the outputs that its users look for. */
const FORM = { input: 'normalised', inputName: 'pixel_values', outputs: ['logits'] } as const;

/** The forms of a network by the names under which transformers.js looks for them: `fp32`, `fp16` and `q8`. */
const WEIGHTS = {
  'model.onnx': 'float32',
  'model_fp16.onnx': 'float16',
  'model_quantized.onnx': 'int8',
} as const;

/** ONNX files of a model for a model hub. */
export interface HuggingFaceOnnx {
  /** Files by their names in `onnx/`. */
  readonly files: Readonly<Record<keyof typeof WEIGHTS, Uint8Array>>;
  /** Content of `polytag.json`. */
  readonly info: string;
  /** Result of the check of `model.onnx`; undefined without a runtime. */
  readonly checked?: CheckedOnnx;
  /** Number of int8 convolutions in `model_quantized.onnx`; undefined without `quantise`. */
  readonly quantised?: QuantisedConvolutions;
}

export interface HuggingFaceOptions {
  /** Text that README.md begins with. Default: a short model card without scores. */
  readonly card?: string;
  /** Measured scores for the README. Default: only those in the card. */
  readonly measured?: MeasuredOnData;
}

/**
 * Converts a model to ONNX for transformers.js: input `pixel_values`, float32 [batch, 3, height, width], normalised;
 * outputs `probabilities` and `logits`.
 *
 * @throws those of `onnxFiles`
 */
export async function huggingFaceOnnx(
  model: MultiLabelModel,
  {
    runtime,
    quantise,
  }: {
    /** Runs `model.onnx` and compares. */
    readonly runtime?: OnnxRuntime;
    /** How `model_quantized.onnx` computes in whole numbers; default: its weights alone are int8. */
    readonly quantise?: QuantisationData;
  } = {},
): Promise<HuggingFaceOnnx> {
  const whole = await onnxFiles(model, { ...FORM, weights: WEIGHTS['model.onnx'], runtime });
  const half = await onnxFiles(model, { ...FORM, weights: WEIGHTS['model_fp16.onnx'] });
  const quarter = await onnxFiles(model, { ...FORM, weights: WEIGHTS['model_quantized.onnx'], quantise });
  return {
    files: {
      'model.onnx': whole.files['model.onnx'],
      'model_fp16.onnx': half.files['model.onnx'],
      'model_quantized.onnx': quarter.files['model.onnx'],
    },
    info: whole.files['polytag.json'],
    checked: whole.checked,
    quantised: quarter.quantised,
  };
}

/**
 * The files of a folder for a model hub, by path: a model folder that `loadModel` reads, with `onnx/`, `tfjs/`, and a
 * README.md for users of other programs.
 *
 * @param folder destination of the files
 */
export async function huggingFaceFiles(
  model: MultiLabelModel,
  folder: string,
  { files, info }: HuggingFaceOnnx,
  { card, measured }: HuggingFaceOptions = {},
): Promise<Record<string, Uint8Array | string>> {
  const own = await modelFiles(model, folder, { card });
  const config = JSON.parse(own['config.json'] as string) as object;
  const { thresholds } = model;
  return {
    ...own,
    'config.json': `${JSON.stringify({ architectures: ['PolytagForImageClassification'], ...config, ...(thresholds && { thresholds }) }, null, 2)}\n`,
    'README.md': hubCard(own['README.md'] as string, model, measured),
    ...within('onnx', { ...files, 'polytag.json': info }),
    ...(hasTfjs(model) && within('tfjs', await tfjsFiles(model))),
  };
}

/**
 * Writes a folder for a model hub. An existing folder is replaced atomically, but only if it is empty or was written by
 * Polytag.
 *
 * @returns result of the check of `onnx/model.onnx`; undefined without a runtime
 * @throws those of `onnxFiles`; UsageError `usage/foreign-folder`; FileError `file/…`
 */
export async function exportHuggingFace(
  model: MultiLabelModel,
  folder: string,
  {
    runtime,
    quantise,
    ...options
  }: HuggingFaceOptions & { readonly runtime?: OnnxRuntime; readonly quantise?: QuantisationData } = {},
): Promise<CheckedOnnx | undefined> {
  const onnx = await huggingFaceOnnx(model, { runtime, quantise });
  await writeFolder(folder, await huggingFaceFiles(model, folder, onnx, options));
  return onnx.checked;
}

const within = <Content>(folder: string, files: Readonly<Record<string, Content>>) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));
