import { create, toBinary } from '@bufbuild/protobuf';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { printable, UsageError } from '@polytag/core';
import type { MultiLabelModel } from '@polytag/model';
import type { OnnxInput } from '@polytag/onnx-runtime';
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType as DataType,
  type ModelProto,
} from './generated/onnx_pb.js';
import { writeNetwork } from './network-graph.js';
import { GraphBuilder } from './onnx-graph.js';
import { WEIGHT_STORES, type WeightType } from './weight-store.js';

/** Optional outputs besides `probabilities`. */
export type OnnxOutput = 'scores' | 'logits' | 'embedding' | 'heatmap';

export interface OnnxOptions {
  /**
   * `pixels` (default): uint8 [batch, height, width, 3]; the graph normalises. `pixels-float`: the same as float32.
   * `normalised`: float32 [batch, 3, height, width].
   */
  readonly input?: OnnxInput;
  /**
   * `float16` halves the file and rounds weights to 11 bits. `int8` quarters it: weights of convolutions and linear
   * layers in 255 steps per output channel. The graph computes in float32. Default `float32`.
   */
  readonly weights?: WeightType;
  /** Name of the input. Default `images`. */
  readonly inputName?: string;
  /**
   * `scores`: raw outputs of the head, [batch, K]. `logits`: input of the sigmoid. `embedding`: the feature map
   * averaged over its cells, [batch, C]. `heatmap`: one value per label and cell of the feature map, [batch, K, h, w];
   * see `explain` of
   * @polytag/model.
   */
  readonly outputs?: readonly OnnxOutput[];
}

/** A model as an ONNX file, and what of it may be computed in whole numbers. */
export interface ModelGraph {
  /** Of opset 17 and IR version 8, or newer ones where the backbone is a newer ONNX file; it has its graph. */
  readonly file: ModelProto;
  /**
   * Outputs of the backbone's convolutions of feature maps, which squeeze-and-excitation has none of, that were asked for;
   * and the name of the layer that each is.
   */
  readonly convolutions: ReadonlyMap<string, string>;
}

/**
 * A model as a graph: batch, height and width decided when it runs; the batch alone where a layer holds for one size, as
 * positions of patches and views do. The first output is `probabilities`, [batch, K].
 *
 * @param quantised whether a layer of the backbone, if it is a convolution, is quantised later: its weights stay float32 then
 * @throws UsageError `usage/onnx-layer`, naming a layer that cannot be written; `usage/float16-range`; `usage/no-heat-maps` when
 *   `heatmap` is asked for, naming a head that has none
 */
export function modelGraph(
  model: MultiLabelModel,
  { input = 'pixels', weights = 'float32', outputs = [], inputName = 'images' }: OnnxOptions,
  quantised: (layer: string) => boolean = () => false,
): ModelGraph {
  const graph = new GraphBuilder(WEIGHT_STORES[weights]);
  const images = writeInput(graph, input, inputName, model);
  const backbone = new Set(model.features.layers);
  const maps = outputs.includes('heatmap') ? heatMapsOf(model) : undefined;
  const { inputs } = model.network;
  const ends = [...model.network.outputs, ...(maps ? [maps] : [])];
  const { valueOf, convolutions } = writeNetwork(
    graph,
    { inputs, outputs: ends },
    images,
    (layer) => backbone.has(layer) && quantised(layer.name),
  );
  const scores = valueOf(model.network.outputs[0]);
  const logits = writeLogits(graph, scores, model);
  graph.output('probabilities', graph.node('Sigmoid', [logits]), ['batch', model.labels.size]);
  if (outputs.includes('logits')) graph.output('logits', logits, ['batch', model.labels.size]);
  if (outputs.includes('scores')) graph.output('scores', scores, ['batch', model.labels.size]);
  if (outputs.includes('embedding')) {
    const [map] = model.features.outputs;
    const pooled = graph.node('GlobalAveragePool', [valueOf(map)]);
    const channels = map.shape[3]!;
    graph.output('embedding', graph.node('Flatten', [pooled], { axis: 1n }), ['batch', channels]);
  }
  // As many cells as the height and width of the images give.
  if (maps) graph.output('heatmap', valueOf(maps), ['batch', model.labels.size, 'rows', 'columns']);
  const { height, width } = model.preprocessing;
  const [, rows, columns] = (maps?.shape ?? []) as number[];
  return { file: graph.build('polytag', { height, width, ...(maps && { rows, columns }) }), convolutions };
}

function heatMapsOf({ heatMaps, head }: MultiLabelModel): SymbolicTensor {
  if (heatMaps) return heatMaps.maps;
  throw new UsageError(
    'usage/no-heat-maps',
    `The heat maps of head "${printable(head.name)}" cannot be exported to ONNX.`,
    {
      hint: 'Remove "heatmap" from --outputs, or return "heatMaps" from "apply" of the head: see `AppliedHead` of @polytag/core.',
    },
  );
}

/**
 * The bytes of an ONNX file.
 *
 * @param properties go into the file as its metadata
 */
export function protoOf(file: ModelProto, properties: Readonly<Record<string, string>>): Uint8Array {
  const metadataProps = Object.entries(properties).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  return toBinary(ModelProtoSchema, { ...file, metadataProps });
}

/** The input, and what follows it up to the feature map that the network begins with. */
function writeInput(
  graph: GraphBuilder,
  input: OnnxInput,
  name: string,
  { preprocessing }: MultiLabelModel,
): string {
  const { mean, std } = preprocessing.normalisation;
  if (input === 'normalised') return graph.input(name, DataType.FLOAT, ['batch', 3, 'height', 'width']);
  const type = input === 'pixels' ? DataType.UINT8 : DataType.FLOAT;
  const given = graph.input(name, type, ['batch', 'height', 'width', 3]);
  return graph.within('preprocessing', () => {
    const pixels = input === 'pixels' ? graph.node('Cast', [given], { to: BigInt(DataType.FLOAT) }) : given;
    const share = graph.node('Div', [pixels, graph.constant([255])]);
    const centred = graph.node('Sub', [share, graph.constant(mean)]);
    const normalised = graph.node('Div', [centred, graph.constant(std)]);
    return graph.node('Transpose', [normalised], { perm: [0, 3, 1, 2] });
  });
}

/** What the sigmoid is taken of: scale · output, or of a calibrated model slope · scale · output + offset. */
function writeLogits(
  graph: GraphBuilder,
  scores: string,
  { scale, calibration, labels }: MultiLabelModel,
): string {
  return graph.within('logits', () => {
    const factors = labels.names.map((_, k) => scale * (calibration?.slopes[k] ?? 1));
    const logits = factors.every((factor) => factor === 1)
      ? scores
      : graph.node('Mul', [scores, graph.constant(factors)]);
    return calibration
      ? graph.node('Add', [logits, graph.constant(Array.from(calibration.offsets))])
      : logits;
  });
}
