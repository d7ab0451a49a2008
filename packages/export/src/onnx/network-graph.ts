import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { printable, UsageError, type OnnxLayer, type OnnxValue } from '@polytag/core';
import { foldedMap, inferencePlan, isLinearMap, onnxActivation, type Subgraph } from '@polytag/layers';
import type { GraphBuilder } from './onnx-graph.js';
import { WEIGHT_STORES } from './weight-store.js';

const { float32 } = WEIGHT_STORES;

/** A network in a graph. */
export interface WrittenNetwork {
  /** The name of a symbolic tensor's value, which must be one that the network computes. */
  readonly valueOf: (tensor: SymbolicTensor) => string;
  /**
   * Outputs of the convolutions that were asked for, in float32, before their activations; and the name of the layer that
   * each is.
   */
  readonly convolutions: ReadonlyMap<string, string>;
}

/**
 * Writes what a network computes in inference, its batch norms folded into the weights before them.
 *
 * @param input the network's one input as a feature map, [B, C, h, w]
 * @param quantised whether a layer, if it is a convolution of feature maps, is to be quantised later: its weights stay float32
 * @throws UsageError `usage/onnx-layer`, naming a layer that cannot be written
 */
export function writeNetwork(
  graph: GraphBuilder,
  network: Subgraph,
  input: string,
  quantised: (layer: layers.Layer) => boolean = () => false,
): WrittenNetwork {
  const [{ id, shape }] = network.inputs;
  const values = new Map<number, OnnxValue>([[id, { name: input, shape }]]);
  const convolutions = new Map<string, string>();
  for (const { layer, followers, inputs, outputs, outputShape } of inferencePlan(network)) {
    const given = inputs.map((edge) => values.get(edge)!);
    const isConvolution = isLinearMap(layer) && given[0].shape.length === 4 && quantised(layer);
    const write = () =>
      writeStep(graph, layer, followers, given, (map) => isConvolution && convolutions.set(map, layer.name));
    const name = graph.within(layer.name, () => (isConvolution ? graph.storing(float32, write) : write()));
    values.set(outputs[0], { name, shape: outputShape });
  }
  return { valueOf: (tensor) => values.get(tensor.id)!.name, convolutions };
}

function writeStep(
  graph: GraphBuilder,
  layer: layers.Layer,
  followers: readonly layers.Layer[],
  inputs: readonly OnnxValue[],
  onMap: (name: string) => void,
): string {
  if (isLinearMap(layer)) {
    const folded = foldedMap(layer, followers);
    try {
      const map = layer.toOnnx(graph, inputs, folded);
      onMap(map);
      return onnxActivation(graph, map, folded.activation, folded.slope);
    } finally {
      folded.weight?.dispose();
      folded.bias?.dispose();
    }
  }
  if (isOnnxLayer(layer)) return layer.toOnnx(graph, inputs);
  throw new UsageError(
    'usage/onnx-layer',
    `The layer "${printable(layer.name)}" (${printable(layer.getClassName())}) cannot be exported to ONNX: it has no toOnnx.`,
    { hint: 'Add a method toOnnx(graph, inputs) to its class: see OnnxLayer of @polytag/core.' },
  );
}

const isOnnxLayer = (layer: layers.Layer): layer is layers.Layer & OnnxLayer =>
  typeof (layer as Partial<OnnxLayer>).toOnnx === 'function';
