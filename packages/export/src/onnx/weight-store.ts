import { UsageError, type OnnxGraph } from '@polytag/core';
import { float16Bits, LARGEST_FLOAT16 } from '../tfjs/float16-weights.js';
import { TensorProto_DataType as DataType } from './generated/onnx_pb.js';

/** Trained values on their way into a graph. */
export interface StoredWeight {
  readonly values: Float32Array;
  readonly shape: readonly number[];
  /** The axis of output channels. */
  readonly channels?: number;
}

/** Where weights are stored. */
export interface WeightGraph extends OnnxGraph {
  /** Adds a tensor as its bytes and gives its name. */
  tensor(name: string, type: DataType, shape: readonly number[], values: ArrayBufferView): string;
}

/** Adds trained values to a graph in some form and gives the name of their float32 value. */
export type WeightStore = (graph: WeightGraph, weight: StoredWeight) => string;

export type WeightType = 'float32' | 'float16' | 'int8';

/** Below so many values int8 saves nothing worth a rounding. */
const LEAST_QUANTISED = 1024;

const float32: WeightStore = (graph, { values, shape }) =>
  graph.tensor('weight', DataType.FLOAT, shape, values);

/** Half the bytes; each value is rounded to 11 bits and cast back before it is used. */
const float16: WeightStore = (graph, { values, shape }) => {
  const beyond = values.find((value) => !(Math.abs(value) <= LARGEST_FLOAT16));
  if (beyond !== undefined) {
    throw new UsageError(
      'usage/float16-range',
      `A weight is ${beyond}, but float16 allows at most ${LARGEST_FLOAT16}.`,
      { hint: 'Export with float32 weights.' },
    );
  }
  const stored = graph.tensor('weight', DataType.FLOAT16, shape, Uint16Array.from(values, float16Bits));
  return graph.node('Cast', [stored], { to: BigInt(DataType.FLOAT) });
};

/**
 * A quarter of the bytes: of each output channel the largest magnitude becomes 127, and values are rounded to the
 * nearest step (Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference", 2018, per-channel,
 * symmetric). Biases, and weights of few values, stay float32.
 */
const int8: WeightStore = (graph, weight) => {
  const { values, shape, channels } = weight;
  if (channels === undefined || values.length < LEAST_QUANTISED) return float32(graph, weight);
  const count = shape[channels];
  const inner = shape.slice(channels + 1).reduce((product, size) => product * size, 1);
  const channelOf = (i: number) => Math.floor(i / inner) % count;
  const scales = new Float32Array(count);
  values.forEach((value, i) => {
    const channel = channelOf(i);
    scales[channel] = Math.max(scales[channel], Math.abs(value) / 127);
  });
  const steps = Int8Array.from(values, (value, i) => {
    const scale = scales[channelOf(i)];
    return scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / scale)));
  });
  const stored = graph.tensor('weight', DataType.INT8, shape, steps);
  const scale = graph.tensor(
    'scale',
    DataType.FLOAT,
    [count],
    scales.map((value) => (value === 0 ? 1 : value)),
  );
  return graph.node('DequantizeLinear', [stored, scale], { axis: BigInt(channels) });
};

export const WEIGHT_STORES: Readonly<Record<WeightType, WeightStore>> = { float32, float16, int8 };
