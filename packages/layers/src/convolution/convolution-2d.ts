import { serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { PaddingRule, OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { conv2d, fusedConv2d, resolvePadding, type ConvolutionOptions, type Epilogue } from '@polytag/ops';
import { kaimingNormal } from '../parameters/initialisers.js';
import {
  ParametricLayer,
  type Initialiser,
  type ParametricLayerOptions,
} from '../parameters/parametric-layer.js';
import { convolvedSize, sizeWithoutBatch } from '../shapes.js';
import { onnxValues, onnxWeight, onnxWindow, type FoldedWeights } from '../onnx/onnx-nodes.js';

export interface Convolution2DOptions extends ParametricLayerOptions {
  /** Number of output channels. */
  readonly filters: number;
  /** Height and width of the kernel. */
  readonly kernelSize: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default `symmetric`. */
  readonly padding?: PaddingRule;
  /** Default: Kaiming normal, fan-out. Not part of the saved configuration. */
  readonly initialiser?: Initialiser;
}

/** Dense convolution without bias: [B, H, W, in] -> [B, h, w, filters]. Key: `weight`. */
export class Convolution2D extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagConvolution2D';
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly padding: PaddingRule;
  readonly #initialiser?: Initialiser;
  #weight!: LayerVariable;

  constructor(options: Convolution2DOptions) {
    super(options);
    this.filters = options.filters;
    this.kernelSize = options.kernelSize;
    this.stride = options.stride ?? 1;
    this.padding = options.padding ?? 'symmetric';
    this.#initialiser = options.initialiser;
  }

  override build(inputShape: Shape): void {
    const { filters, kernelSize } = this;
    this.#weight = this.addParameter('weight', [kernelSize, kernelSize, inputShape[3]!, filters], {
      initialiser: this.#initialiser ?? kaimingNormal(filters * kernelSize ** 2),
      layout: 'convolution',
    });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const x = this.only<Tensor4D>(inputs);
    return conv2d(x, this.#weight.read() as Tensor4D, this.#window(x));
  }

  /** The layer with another weight, fused with the layers that follow in inference. */
  fused(x: Tensor, weight: Tensor, end: Epilogue): Tensor4D {
    const map = x as Tensor4D;
    return fusedConv2d(map, weight as Tensor4D, { ...this.#window(map), ...end });
  }

  #window({ shape: [, height, width] }: Tensor4D): ConvolutionOptions {
    const { kernelSize, stride } = this;
    return {
      stride,
      padding: resolvePadding(this.padding, [height, width], [kernelSize, kernelSize], stride),
    };
  }

  override multiplyAdds([input]: readonly Shape[], output: Shape): number {
    return this.kernelSize ** 2 * input[3]! * sizeWithoutBatch(output);
  }

  override computeOutputShape([batch, height, width]: Shape): Shape {
    return [batch, convolvedSize(height, this), convolvedSize(width, this), this.filters];
  }

  /**
   * @param folded weight and bias to use instead of its own, with the layers that follow in inference
   */
  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[], folded: FoldedWeights = {}): string {
    const { values, shape } = onnxValues(folded.weight ?? this.#weight.read(), [3, 2, 0, 1]);
    const inputs = [name, graph.weight(values, shape, 0)];
    if (folded.bias) inputs.push(onnxWeight(graph, folded.bias));
    return graph.node('Conv', inputs, { ...onnxWindow(this) });
  }

  override getConfig() {
    const { filters, kernelSize, stride, padding } = this;
    return { ...super.getConfig(), filters, kernelSize, stride, padding };
  }
}

serialization.registerClass(Convolution2D);
