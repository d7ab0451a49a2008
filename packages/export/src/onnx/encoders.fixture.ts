import { TensorProto_DataType as DataType } from './generated/onnx_pb.js';
import { protoOf } from './model-proto.js';
import { GraphBuilder } from './onnx-graph.js';
import { WEIGHT_STORES } from './weight-store.js';

/** Pixels of a side of a patch. */
export const PATCH = 16;

/** What a small encoder gives: a class token and tokens of patches, one vector an image, or a map with channels last. */
export type EncoderKind = 'tokens' | 'vector' | 'map';

/**
 * An encoder as others publish theirs, whose features are those of the patch's mean colour [r, g, b]: r, g, b and r + 2g + 3b.
 * A vector is the mean over the patches, and so is the class token.
 *
 * @param batch images at once; default: open
 */
export function smallEncoder(kind: EncoderKind, batch: number | string = 'batch'): Uint8Array {
  const graph = new GraphBuilder(WEIGHT_STORES.float32);
  const images = graph.input('pixel_values', DataType.FLOAT, [batch, 3, 'height', 'width']);
  const mean = 1 / PATCH ** 2;
  const mixes = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 2, 3],
  ];
  const kernel = mixes.flatMap((mix) =>
    mix.flatMap((share) => new Array<number>(PATCH ** 2).fill(share * mean)),
  );
  const window = { kernel_shape: [PATCH, PATCH], strides: [PATCH, PATCH] };
  const map = graph.node(
    'Conv',
    [images, graph.weight(Float32Array.from(kernel), [4, 3, PATCH, PATCH], 0)],
    window,
  );
  if (kind === 'map')
    graph.output('features', graph.node('Transpose', [map], { perm: [0, 2, 3, 1] }), [batch, 'h', 'w', 4]);
  if (kind === 'vector')
    graph.output(
      'pooler_output',
      graph.node('Flatten', [graph.node('GlobalAveragePool', [map])], { axis: 1n }),
      [batch, 4],
    );
  if (kind === 'tokens') {
    const channels = graph.node('Reshape', [map, graph.integers([0, 4, -1])]);
    const patches = graph.node('Transpose', [channels], { perm: [0, 2, 1] });
    const whole = graph.node('ReduceMean', [patches], { axes: [1], keepdims: 1n });
    graph.output('last_hidden_state', graph.node('Concat', [whole, patches], { axis: 1n }), [
      batch,
      'tokens',
      4,
    ]);
  }
  return protoOf(graph.build(kind, {}), {});
}

/**
 * An encoder of colours as above, as a map with channels first, that counts its images in 8 bits: of pixels normalised to −1 to 1
 * each lies between two integers, and the last bit of a float32 decides.
 */
export function roundingEncoder(): Uint8Array {
  const graph = new GraphBuilder(WEIGHT_STORES.float32);
  const images = graph.input('pixel_values', DataType.FLOAT, ['batch', 3, 'height', 'width']);
  const step = [
    graph.tensor('step', DataType.FLOAT, [], Float32Array.of(2 / 255)),
    graph.tensor('zero', DataType.UINT8, [], Uint8Array.of(128)),
  ];
  const integers = graph.node('QuantizeLinear', [images, ...step]);
  const rounded = graph.node('DequantizeLinear', [integers, ...step]);
  const window = { kernel_shape: [PATCH, PATCH], strides: [PATCH, PATCH] };
  graph.output('features', graph.node('AveragePool', [rounded], window), ['batch', 3, 'h', 'w']);
  return protoOf(graph.build('rounding', {}), {});
}
