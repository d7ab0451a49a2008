import {
  TensorProto_DataType as DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../generated/onnx_pb.js';
import { nodeProto, tensorProto } from '../onnx-graph.js';
import { activationScale, LARGEST_WEIGHT, quantiseMap, type AffineScale } from './integers.js';

/** The values that one end and the other of a tensor's range have. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** Names of values, as the keys of a map or the members of a set. */
type Outputs = Pick<ReadonlySet<string>, 'has'>;

/** Below it h-swish is 0, wherever a value lies. */
const LEAST_OF_HARD_SWISH = -3;

/**
 * What of the ranges makes a difference: of a value that h-swish alone reads, nothing below −3.
 */
export function effectiveRanges(
  graph: GraphProto,
  ranges: ReadonlyMap<string, ValueRange>,
): Map<string, ValueRange> {
  const readers = readersOf(graph);
  return new Map(
    [...ranges].map(([name, { low, high }]) => {
      const [reader, ...others] = readers.get(name) ?? [];
      const isHardSwish = reader?.opType === 'HardSwish' && others.length === 0;
      return [name, { low: isHardSwish ? Math.max(low, LEAST_OF_HARD_SWISH) : low, high }];
    }),
  );
}

function readersOf(graph: GraphProto): Map<string, NodeProto[]> {
  const readers = new Map<string, NodeProto[]>();
  for (const node of graph.node)
    for (const name of node.input) readers.set(name, [...(readers.get(name) ?? []), node]);
  return readers;
}

/**
 * The tensors that are to be counted in 8 bits: what goes into the convolutions and what comes out of them, after a ReLU
 * where one follows alone.
 *
 * @param convolutions outputs of the convolutions that are to be computed in whole numbers
 */
export function quantisedTensors(graph: GraphProto, convolutions: Outputs): string[] {
  const readers = readersOf(graph);
  const tensors = graph.node
    .filter(({ output: [name] }) => convolutions.has(name))
    .flatMap(({ input: [given], output: [result] }) => {
      const [reader, ...others] = readers.get(result) ?? [];
      const isAlone = others.length === 0 && reader?.opType === 'Relu';
      return [given, isAlone ? reader.output[0] : result];
    });
  return [...new Set(tensors)];
}

/**
 * Puts QuantizeLinear and DequantizeLinear around convolutions, the form that runtimes turn into convolutions of whole
 * numbers (QDQ): activations in uint8 with a scale a tensor, weights in int8 with a scale an output channel, biases in
 * int32. Everything else reads the values that were rounded, and computes in float32.
 *
 * @param convolutions outputs of the convolutions; their weights and biases are float32 initialisers, each of one reader
 * @param ranges of all their `quantisedTensors`; those of others are left out
 */
export function quantiseGraph(
  graph: GraphProto,
  convolutions: Outputs,
  ranges: ReadonlyMap<string, ValueRange>,
): void {
  const wanted = new Set(quantisedTensors(graph, convolutions));
  const initialisers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const nodes: NodeProto[] = [];
  const rounded = new Map<string, string>();
  const scales = new Map<string, AffineScale>();
  const add = (tensor: TensorProto) => {
    initialisers.set(tensor.name, tensor);
    return tensor.name;
  };
  /** Adds the integers of a weight or bias, and gives the name of the float32 value that they are read as. */
  const dequantised = (
    name: string,
    type: DataType,
    shape: readonly number[],
    integers: Int8Array | Int32Array,
    steps: Float32Array,
  ) => {
    initialisers.delete(name);
    const inputs = [
      add(tensorProto(`${name}/integers`, type, shape, integers)),
      add(tensorProto(`${name}/scale`, DataType.FLOAT, [steps.length], steps)),
      // A bias has none: runtimes take it to be 0.
      ...(integers instanceof Int8Array
        ? [add(tensorProto(`${name}/zero`, type, [steps.length], new Int8Array(steps.length)))]
        : []),
    ];
    nodes.push(nodeProto('DequantizeLinear', inputs, `${name}/dequantised`, { axis: 0n }));
    return `${name}/dequantised`;
  };
  const round = (name: string) => {
    const range = wanted.has(name) && ranges.get(name);
    if (!range) return;
    const { scale, zero } = activationScale(range.low, range.high);
    scales.set(name, { scale, zero });
    const step = [
      add(tensorProto(`${name}/scale`, DataType.FLOAT, [], Float32Array.of(scale))),
      add(tensorProto(`${name}/zero`, DataType.UINT8, [], Uint8Array.of(zero))),
    ];
    nodes.push(
      nodeProto('QuantizeLinear', [name, ...step], `${name}/quantised`, {}),
      nodeProto('DequantizeLinear', [`${name}/quantised`, ...step], `${name}/dequantised`, {}),
    );
    rounded.set(name, `${name}/dequantised`);
  };
  for (const { name } of graph.input) round(name);
  for (const node of graph.node) {
    const [given, weight, bias] = node.input;
    if (convolutions.has(node.output[0])) {
      const kernel = initialisers.get(weight)!;
      const shape = kernel.dims.map(Number);
      const { scale } = scales.get(given)!;
      const ends = bias === undefined ? undefined : floats(initialisers.get(bias)!);
      const isDepthwise = shape[1] === 1 && shape[0] > 1;
      const most = isDepthwise ? LARGEST_WEIGHT.depthwise : LARGEST_WEIGHT.product;
      const map = quantiseMap(floats(kernel), ends, shape[0], scale, most);
      node.input[1] = dequantised(weight, DataType.INT8, shape, map.weight, map.scales);
      if (map.bias) node.input[2] = dequantised(bias, DataType.INT32, [shape[0]], map.bias, map.biasScales);
    }
    node.input = node.input.map((name) => rounded.get(name) ?? name);
    nodes.push(node);
    for (const name of node.output) round(name);
  }
  graph.node = nodes;
  graph.initializer = [...initialisers.values()];
}

/** Values of a float32 tensor, which may lie anywhere in a larger array. */
const floats = ({ rawData }: TensorProto): Float32Array => new Float32Array(rawData.slice().buffer);
