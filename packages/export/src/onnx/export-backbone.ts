import { tensor4d, tidy, transpose, type Tensor4D } from '@tensorflow/tfjs-core';
import { CheckpointError } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import type { MultiLabelModel } from '@polytag/model';
import { onnxImages, openSession, type OnnxRuntime } from '@polytag/onnx-runtime';
import { checkImages, shareOf, TOLERANCE } from './check-onnx.js';
import { TensorProto_DataType as DataType } from './generated/onnx_pb.js';
import { protoOf } from './model-proto.js';
import { writeNetwork } from './network-graph.js';
import { GraphBuilder } from './onnx-graph.js';
import { WEIGHT_STORES } from './weight-store.js';

/** Names of published encoders' inputs and outputs are many; these are Transformers'. */
const [INPUT, OUTPUT] = ['pixel_values', 'feature_map'];

/** A backbone, and what its images must be like. */
export type ModelBackbone = Pick<MultiLabelModel, 'features' | 'preprocessing'>;

/**
 * Exports the backbone of a model, without head, as one ONNX file, in the form in which other encoders are published.
 * Input `pixel_values`, float32 [batch, 3, height, width], normalised as in the metadata `polytag.normalisation`;
 * output `feature_map`, [batch, C, h, w]. For a vision transformer, height and width are those of the model.
 *
 * @param path path of the file
 * @returns the largest difference relative to the largest feature; undefined without a runtime
 * @throws UsageError `usage/onnx-layer`; CheckpointError `checkpoint/onnx` if the results differ; FileError
 */
export async function exportOnnxBackbone(
  model: ModelBackbone,
  path: string,
  {
    runtime,
  }: {
    /** `onnxruntime-node` or `onnxruntime-web`: runs the file and compares before it is written. */
    readonly runtime?: OnnxRuntime;
  } = {},
): Promise<number | undefined> {
  const { features, preprocessing } = model;
  const graph = new GraphBuilder(WEIGHT_STORES.float32);
  const images = graph.input(INPUT, DataType.FLOAT, ['batch', 3, 'height', 'width']);
  const { valueOf } = writeNetwork(graph, features, images);
  const [map] = features.outputs;
  const [, rows, columns, channels] = map.shape as number[];
  graph.output(OUTPUT, valueOf(map), ['batch', channels, 'rows', 'columns']);
  const { normalisation, height, width } = preprocessing;
  const properties = { 'polytag.normalisation': JSON.stringify(normalisation) };
  const bytes = protoOf(graph.build('polytag_backbone', { height, width, rows, columns }), properties);
  const difference = runtime && (await differenceOf(bytes, model, runtime));
  if (difference !== undefined && !(difference <= TOLERANCE)) {
    throw new CheckpointError(
      'checkpoint/onnx',
      `The features of the ONNX file differ from those of the backbone, by ${difference.toPrecision(3)} of the largest.`,
      { hint: 'Nothing was written. The toOnnx of one of its layers is wrong.' },
    );
  }
  await writeFileAtomically(path, bytes);
  return difference;
}

async function differenceOf(
  bytes: Uint8Array,
  { features, preprocessing }: ModelBackbone,
  runtime: OnnxRuntime,
): Promise<number> {
  const batch = checkImages(preprocessing);
  const expected = tidy(() => {
    const map = features.apply(tensor4d(batch.inputs, batch.shape), { training: false }) as Tensor4D;
    return transpose(map, [0, 3, 1, 2]).dataSync() as Float32Array;
  });
  const images = onnxImages(batch, 'normalised', preprocessing.normalisation);
  const session = await openSession(bytes, { runtime });
  try {
    const { [OUTPUT]: found } = await session.run({ [INPUT]: images });
    return shareOf(expected, found.data as Float32Array);
  } finally {
    await session.close();
  }
}
