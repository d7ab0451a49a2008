import {
  reshape,
  serialization,
  tidy,
  transpose,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { UsageError, type OnnxGraph, type OnnxLayer, type OnnxValue } from '@polytag/core';
import { linear } from '@polytag/ops';
import { onnxValues, onnxWeight } from '../onnx/onnx-nodes.js';
import { linearUniform } from '../parameters/initialisers.js';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';
import { sizeWithoutBatch } from '../shapes.js';

export interface PatchEmbeddingOptions extends ParametricLayerOptions {
  /** Height and width of the patches, pixels. */
  readonly patch: number;
  /** Number of output channels. */
  readonly units: number;
}

/**
 * Linear embedding of image patches (Dosovitskiy et al., "An Image is Worth 16x16 Words", 2021): a convolution with
 * stride equal to its kernel size. [B, H, W, C] -> [B, H/patch, W/patch, units]. Keys: `weight`, `bias`, stored as a
 * convolution's.
 *
 * @throws UsageError `usage/image-size` if height or width is not a multiple of the patch size
 */
export class PatchEmbedding extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagPatchEmbedding';
  readonly patch: number;
  readonly units: number;
  #weight!: LayerVariable;
  #bias!: LayerVariable;

  constructor(options: PatchEmbeddingOptions) {
    super(options);
    this.patch = options.patch;
    this.units = options.units;
  }

  override build(inputShape: Shape): void {
    const { patch, units } = this;
    const channels = inputShape[3]!;
    const initialiser = linearUniform(patch ** 2 * channels);
    this.#weight = this.addParameter('weight', [patch, patch, channels, units], {
      initialiser,
      layout: 'convolution',
    });
    this.#bias = this.addParameter('bias', [units], { initialiser });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const x = this.only<Tensor4D>(inputs);
    const { patch, units } = this;
    const [batch, height, width] = this.computeOutputShape(x.shape) as number[];
    const channels = x.shape[3];
    return tidy(() => {
      // [image and row of patches, row of the patch, column of patches, column of the patch and channel]
      const rows = reshape(x, [batch * height, patch, width, patch * channels]);
      const patches = reshape(transpose(rows, [0, 2, 1, 3]), [batch, height, width, patch ** 2 * channels]);
      const weight = reshape(this.#weight.read(), [patch ** 2 * channels, units]) as Tensor2D;
      return linear(patches, weight, this.#bias.read() as Tensor1D) as Tensor4D;
    });
  }

  override multiplyAdds([input]: readonly Shape[], output: Shape): number {
    return this.patch ** 2 * input[3]! * sizeWithoutBatch(output);
  }

  override computeOutputShape([batch, height, width]: Shape): Shape {
    const { patch } = this;
    const sides = [height, width].map((pixels) => (pixels === null ? null : pixels / patch));
    if (sides.some((side) => side !== null && !Number.isInteger(side))) {
      throw new UsageError(
        'usage/image-size',
        `"${this.name}" got images of ${height} x ${width} pixels; both sides must be multiples of the patch size ${patch}.`,
        { hint: `Choose a height and a width that are multiples of ${patch}: ${multiples(patch)}.` },
      );
    }
    return [batch, ...sides, this.units];
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const { patch } = this;
    const { values, shape } = onnxValues(this.#weight.read(), [3, 2, 0, 1]);
    const inputs = [name, graph.weight(values, shape, 0), onnxWeight(graph, this.#bias.read())];
    return graph.node('Conv', inputs, { kernel_shape: [patch, patch], strides: [patch, patch] });
  }

  override getConfig() {
    const { patch, units } = this;
    return { ...super.getConfig(), patch, units };
  }
}

/** Sides around those that networks are used with. */
const multiples = (patch: number): string =>
  [98, 224, 448].map((pixels) => Math.round(pixels / patch) * patch).join(', ');

serialization.registerClass(PatchEmbedding);
