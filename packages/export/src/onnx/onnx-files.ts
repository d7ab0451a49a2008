import { UsageError } from '@polytag/core';
import type { MultiLabelModel } from '@polytag/model';
import type { OnnxInput, OnnxRuntime } from '@polytag/onnx-runtime';
import { modelInfo, type ModelInfo } from '../model-info.js';
import { checkOnnx, ROUNDED_TOLERANCE, TOLERANCE, type CheckedOnnx } from './check-onnx.js';
import { TensorProto_DataType as DataType, type ModelProto } from './generated/onnx_pb.js';
import { modelGraph, protoOf, type OnnxOptions } from './model-proto.js';
import { calibrate, type QuantisationData } from './quantise/calibrate.js';
import { convolutionNoise, quietConvolutions } from './quantise/choose-convolutions.js';
import {
  effectiveRanges,
  quantiseGraph,
  quantisedTensors,
  type ValueRange,
} from './quantise/quantise-graph.js';

export interface ExportOnnxOptions extends OnnxOptions {
  /** `onnxruntime-node` or `onnxruntime-web`: runs the file on images and compares it before anything is written. */
  readonly runtime?: OnnxRuntime;
  /**
   * Static quantisation: the backbone's convolutions compute in int8, with ranges of activations from these images.
   * Convolutions whose rounding would change the scores too much, squeeze-and-excitation and the head stay in float32.
   * Default: everything computes in float32.
   */
  readonly quantise?: QuantisationData;
}

/** Everything besides `model.onnx` that is needed to label a photograph; the content of `polytag.json`. */
export interface OnnxModelInfo extends ModelInfo {
  readonly input: OnnxInput;
  /** `0` to `K - 1` and the label of this output column. */
  readonly id2label: Readonly<Record<string, string>>;
  /** How to resize photographs to height x width before they go into the network. */
  readonly resize: string;
}

/** What rounding may add to the scores, as a share of their power. */
const NOISE = 0.005;

const STRETCHED =
  'bilinear without antialiasing, half-pixel centres, aspect ratio not kept, rounded to 8 bits';
const CROPPED =
  'shorter side to shortSide, bicubic with antialiasing (Pillow), rounded to 8 bits; then the middle of height x width';

/** An export in memory. */
export interface OnnxFiles {
  /** `model.onnx` and `polytag.json`. */
  readonly files: { readonly 'model.onnx': Uint8Array; readonly 'polytag.json': string };
  /** Result of the check; undefined without a runtime. */
  readonly checked?: CheckedOnnx;
  /** Number of int8 convolutions; undefined without `quantise`. */
  readonly quantised?: QuantisedConvolutions;
}

/** Number of the backbone's convolutions that compute in int8. */
export interface QuantisedConvolutions {
  readonly convolutions: number;
  /** All convolutions of the backbone. */
  readonly of: number;
}

/**
 * Converts a model to ONNX in memory.
 *
 * @throws UsageError `usage/onnx-layer`, naming a layer without `toOnnx`; `usage/float16-range`
 * @throws CheckpointError `checkpoint/onnx` if the runtime rejects the file or its results differ
 * @throws DivergenceError `model/not-a-number` if activations for quantisation are NaN
 */
export async function onnxFiles(
  model: MultiLabelModel,
  { runtime, quantise, ...options }: ExportOnnxOptions = {},
): Promise<OnnxFiles> {
  const { input = 'pixels', outputs = [] } = options;
  const { names } = model.labels;
  const info: OnnxModelInfo = {
    ...modelInfo(model),
    input,
    id2label: Object.fromEntries(names.map((label, k) => [String(k), label])),
    resize: model.preprocessing.resize ? CROPPED : STRETCHED,
  };
  const properties = Object.fromEntries(
    Object.entries(info).map(([key, value]) => [
      `polytag.${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const plan = quantise && (await quantisationPlan(model, options, quantise));
  const graph = (given: OnnxOptions) =>
    plan ? quantisedGraph(model, given, plan) : modelGraph(model, given).file;
  const withScores = { ...options, outputs: [...new Set([...outputs, 'scores' as const])] };
  const isExact = !quantise && (options.weights ?? 'float32') === 'float32';
  const check = async (used: OnnxRuntime) => {
    const file = graph(withScores);
    const tolerance = !isExact ? Infinity : rounds(file) ? ROUNDED_TOLERANCE : TOLERANCE;
    return checkOnnx(protoOf(file, properties), model, { input, tolerance }, used);
  };
  const checked = runtime && (await check(runtime));
  return {
    files: {
      'model.onnx': protoOf(graph(options), properties),
      'polytag.json': `${JSON.stringify(info, null, 2)}\n`,
    },
    checked,
    quantised: plan && { convolutions: plan.layers.size, of: plan.convolutions },
  };
}

/** Whether a file of float32 weights rounds what it computes: its encoder, another's file, has float16 or integers. */
const rounds = ({ graph }: ModelProto): boolean =>
  graph!.initializer.some(({ dataType }) => dataType === DataType.FLOAT16) ||
  graph!.node.some(({ opType }) => opType.endsWith('QuantizeLinear'));

/** What of a model is computed in whole numbers. */
interface QuantisationPlan {
  /** Names of the layers. */
  readonly layers: ReadonlySet<string>;
  /** How many convolutions there are. */
  readonly convolutions: number;
  readonly ranges: ReadonlyMap<string, ValueRange>;
}

/** Takes ranges, tries each of the backbone's convolutions, and chooses. */
async function quantisationPlan(
  model: MultiLabelModel,
  { input = 'pixels', inputName }: OnnxOptions,
  data: QuantisationData,
): Promise<QuantisationPlan> {
  const whole = { input, inputName, outputs: ['scores'] } as const;
  const { file, convolutions } = modelGraph(model, whole, () => true);
  if (convolutions.size === 0) {
    throw new UsageError(
      'usage/quantise',
      `The backbone "${model.backbone.name}" has no convolutions that can be quantised to 8 bits.`,
      {
        hint: 'Export it without --quantise. For an ONNX backbone, use a file that is already quantised.',
      },
    );
  }
  const { normalisation } = model.preprocessing;
  const tensors = quantisedTensors(file.graph!, convolutions);
  const found = await calibrate(file, tensors, { input, normalisation }, data);
  const ranges = effectiveRanges(file.graph!, found.ranges);
  const names = [...convolutions.keys()];
  const { noise = NOISE, runtime, reportConvolution } = data;
  const chosen =
    noise === Infinity
      ? names
      : quietConvolutions(
          await convolutionNoise(file, names, ranges, found.examples, runtime, (done) =>
            reportConvolution?.(done, names.length),
          ),
          noise,
        );
  const layers = Array.from(chosen, (name) => convolutions.get(name)!);
  return { layers: new Set(layers), convolutions: names.length, ranges };
}

function quantisedGraph(
  model: MultiLabelModel,
  options: OnnxOptions,
  { layers, ranges }: QuantisationPlan,
): ModelProto {
  const { file, convolutions } = modelGraph(model, options, (layer) => layers.has(layer));
  quantiseGraph(file.graph!, convolutions, ranges);
  return file;
}
