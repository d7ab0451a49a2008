import {
  getBackend,
  reshape,
  slice,
  tensor,
  tidy,
  transpose,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { EngineError, UsageError, type OnnxGraph, type OnnxLayer, type OnnxValue } from '@polytag/core';
import { ParametricLayer } from '@polytag/layers';
import type { Encoder } from './encoder.js';
import type { FeatureArrangement } from './feature-layout.js';

/** Types of ONNX tensors by their number (onnx.proto, `TensorProto.DataType`). */
const ONNX_TYPES = { float32: 1n, uint8: 2n, float16: 10n } as const;

export interface FrozenEncoderOptions {
  readonly name: string;
  readonly encoder: Encoder;
  /** Of the features of one image. */
  readonly arrangement: FeatureArrangement;
}

/**
 * What an ONNX file makes of images, as a layer without weights: [B, H, W, 3] -> [B, h, w, C]. onnxruntime computes it, on
 * the processor and without gradients.
 */
export class FrozenEncoder extends ParametricLayer implements OnnxLayer {
  readonly #encoder: Encoder;
  readonly #arrangement: FeatureArrangement;

  constructor({ name, encoder, arrangement }: FrozenEncoderOptions) {
    super({ name });
    this.#encoder = encoder;
    this.#arrangement = arrangement;
  }

  override computeOutputShape([batch]: Shape): Shape {
    const { height, width, channels } = this.#arrangement;
    return [batch, height, width, channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    if (getBackend() === 'webgpu') {
      throw new EngineError(
        'engine/onnx-backend',
        'An ONNX backbone runs on the CPU (onnxruntime), but the engine is webgpu.',
        {
          hint: 'Use the wasm engine.',
        },
      );
    }
    const images = this.only<Tensor4D>(inputs);
    const [batch, height, width] = images.shape;
    const { layout, skip, channelAxis, height: rows, width: columns, channels } = this.#arrangement;
    const first = this.#encoder.ports.input.channelAxis === 'first';
    const given = tidy(() => (first ? transpose(images, [0, 3, 1, 2]) : images).dataSync<'float32'>());
    const cells = rows * columns;
    const features = this.#encoder.run(given, batch, { height, width }, (skip + cells) * channels);
    return tidy(() => {
      if (layout === 'map' && channelAxis === 'first')
        return transpose(tensor(features, [batch, channels, rows, columns]), [0, 2, 3, 1]) as Tensor4D;
      const tokens = tensor(features, [batch, skip + cells, channels]);
      return reshape(slice(tokens, [0, skip, 0], [batch, cells, channels]), [batch, rows, columns, channels]);
    });
  }

  toOnnx(graph: OnnxGraph, [{ name: images }]: readonly OnnxValue[]): string {
    const { file, source, ports } = this.#encoder;
    const { input, output } = ports;
    if (input.batch !== undefined) {
      throw new UsageError(
        'usage/onnx-batch',
        `${source} has a fixed batch size of one image, but an exported model needs a dynamic one.`,
        {
          hint: 'Export the encoder with a dynamic batch size, and train the head on that file: its features are the same.',
        },
      );
    }
    const turned =
      input.channelAxis === 'first' ? images : graph.node('Transpose', [images], { perm: [0, 2, 3, 1] });
    // Normalised to pixels: whole numbers but for a rounding.
    const whole = input.type === 'uint8' ? graph.node('Round', [turned]) : turned;
    const cast =
      input.type === 'float32' ? whole : graph.node('Cast', [whole], { to: ONNX_TYPES[input.type] });
    const found = graph.file(file, { [input.name]: cast }, output.name);
    const features =
      output.type === 'float32' ? found : graph.node('Cast', [found], { to: ONNX_TYPES.float32 });
    const { layout, skip, channelAxis, height, width, channels } = this.#arrangement;
    if (layout === 'tokens' || input.height !== undefined || input.width !== undefined) graph.fixImageSize();
    if (layout === 'map')
      return channelAxis === 'first' ? features : graph.node('Transpose', [features], { perm: [0, 3, 1, 2] });
    // 0 keeps the batch size.
    const map = graph.integers([0, channels, height, width]);
    if (layout === 'vector') return graph.node('Reshape', [features, map]);
    const ends = [[skip], [skip + height * width], [1]].map((values) => graph.integers(values));
    const patches = graph.node('Slice', [features, ...ends]);
    return graph.node('Reshape', [graph.node('Transpose', [patches], { perm: [0, 2, 1] }), map]);
  }

  protected override disposeWeights(): number {
    this.#encoder.close();
    return super.disposeWeights();
  }

  /** What would be written of it elsewhere cannot be read back. */
  override getConfig(): never {
    throw new UsageError('usage/onnx-layer', `TensorFlow.js has no layer to run ${this.#encoder.source}.`, {
      hint: 'Export to ONNX: polytag-eval export --format onnx.',
    });
  }
}
