import type { NetworkInputs, PixelNormalisation } from '@polytag/core';
import { onnxImages, type OnnxInput, type OnnxRuntime, type OnnxTensor } from '@polytag/onnx-runtime';
import { withSession } from '../check-onnx.js';
import { TensorProto_DataType as DataType, type ModelProto } from '../generated/onnx_pb.js';
import { protoOf } from '../model-proto.js';
import { valueInfo } from '../onnx-graph.js';
import type { ValueRange } from './quantise-graph.js';
import { ValueHistogram } from './value-histogram.js';

/** Images and settings for static quantisation. */
export interface QuantisationData {
  /** Batches of resized and normalised images, [B, height, width, 3]. Each image runs alone. */
  readonly images: Iterable<NetworkInputs> | AsyncIterable<NetworkInputs>;
  readonly runtime: OnnxRuntime;
  /** Percentage of a tensor's values that lie inside each end of its range. Default 99.99. */
  readonly percentile?: number;
  /**
   * Maximum noise that rounding may add to the scores, relative to their power. Convolutions that would add more stay
   * in float32, the noisiest first. Default 0.005. `Infinity` quantises all without testing.
   */
  readonly noise?: number;
  /** Called after each batch with the number of images done. */
  readonly report?: (images: number) => void;
  /** Called after each tested convolution. */
  readonly reportConvolution?: (done: number, total: number) => void;
}

/** What images say of a graph. */
export interface Calibration {
  /** What is left of each tensor when the outermost values of each end are cut off. */
  readonly ranges: ReadonlyMap<string, ValueRange>;
  /** The first images, each alone, as the graph takes them. */
  readonly examples: readonly OnnxTensor[];
}

/** Images that convolutions are tried on. */
const EXAMPLES = 8;

/**
 * Runs a graph on images and gives the range of each tensor.
 *
 * @param file stays as it is
 * @throws DivergenceError `model/not-a-number`; CheckpointError `checkpoint/onnx`
 */
export async function calibrate(
  file: ModelProto,
  tensors: readonly string[],
  { input, normalisation }: { readonly input: OnnxInput; readonly normalisation: PixelNormalisation },
  { images, runtime, percentile = 99.99, report }: QuantisationData,
): Promise<Calibration> {
  const histograms = new Map(tensors.map((name) => [name, new ValueHistogram()]));
  const graph = file.graph!;
  const given = graph.input.map(({ name }) => name);
  const output = tensors
    .filter((name) => !given.includes(name))
    .map((name) => valueInfo(name, DataType.FLOAT));
  const watched = protoOf({ ...file, graph: { ...graph, output } }, {});
  const examples: OnnxTensor[] = [];
  let done = 0;
  await withSession(watched, runtime, async (run) => {
    for await (const { inputs, shape } of images) {
      const [size, ...rest] = shape;
      const stride = inputs.length / size;
      for (let image = 0; image < size; image++) {
        const one = inputs.subarray(image * stride, (image + 1) * stride);
        const values = onnxImages({ inputs: one, shape: [1, ...rest] }, input, normalisation);
        if (examples.length < EXAMPLES) examples.push({ ...values, data: values.data.slice() });
        for (const [name, found] of Object.entries(await run(values))) histograms.get(name)!.add(found);
        for (const name of given) histograms.get(name)?.add(values.data as Float32Array);
      }
      report?.((done += size));
    }
  });
  return {
    ranges: new Map([...histograms].map(([name, histogram]) => [name, histogram.range(percentile)])),
    examples,
  };
}
