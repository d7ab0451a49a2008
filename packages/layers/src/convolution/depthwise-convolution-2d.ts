import { serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { PaddingRule, OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import {
  depthwiseConv2d,
  fusedDepthwiseConv2d,
  resolvePadding,
  type ConvolutionOptions,
  type Epilogue,
} from '@polytag/ops';
import { kaimingNormal } from '../parameters/initialisers.js';
import {
  ParametricLayer,
  type Initialiser,
  type ParametricLayerOptions,
} from '../parameters/parametric-layer.js';
import { convolvedSize, sizeWithoutBatch } from '../shapes.js';
import { onnxValues, onnxWeight, onnxWindow, type FoldedWeights } from '../onnx/onnx-nodes.js';

export interface DepthwiseConvolution2DOptions extends ParametricLayerOptions {
  /** Height and width of the kernel. */
  readonly kernelSize: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default `symmetric`. */
  readonly padding?: PaddingRule;
  /** Default: Kaiming normal with PyTorch's fan-out, C·k². Not part of the saved configuration. */
  readonly initialiser?: Initialiser;
}

/** Depthwise convolution, one kernel per channel, without bias: [B, H, W, C] -> [B, h, w, C]. Key: `weight`. */
export class DepthwiseConvolution2D extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagDepthwiseConvolution2D';
  readonly kernelSize: number;
  readonly stride: number;
  readonly padding: PaddingRule;
  readonly #initialiser?: Initialiser;
  #weight!: LayerVariable;

  constructor(options: DepthwiseConvolution2DOptions) {
    super(options);
    this.kernelSize = options.kernelSize;
    this.stride = options.stride ?? 1;
    this.padding = options.padding ?? 'symmetric';
    this.#initialiser = options.initialiser;
  }

  override build(inputShape: Shape): void {
    const channels = inputShape[3]!;
    const { kernelSize } = this;
    this.#weight = this.addParameter('weight', [kernelSize, kernelSize, channels, 1], {
      initialiser: this.#initialiser ?? kaimingNormal(channels * kernelSize ** 2),
      layout: 'depthwise',
    });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const x = this.only<Tensor4D>(inputs);
    return depthwiseConv2d(x, this.#weight.read() as Tensor4D, this.#window(x));
  }

  /** The layer with another weight, fused with the layers that follow in inference. */
  fused(x: Tensor, weight: Tensor, end: Epilogue): Tensor4D {
    const map = x as Tensor4D;
    return fusedDepthwiseConv2d(map, weight as Tensor4D, { ...this.#window(map), ...end });
  }

  #window({ shape: [, height, width] }: Tensor4D): ConvolutionOptions {
    const { kernelSize, stride } = this;
    return {
      stride,
      padding: resolvePadding(this.padding, [height, width], [kernelSize, kernelSize], stride),
    };
  }

  override multiplyAdds(_: readonly Shape[], output: Shape): number {
    return this.kernelSize ** 2 * sizeWithoutBatch(output);
  }

  override computeOutputShape([batch, height, width, channels]: Shape): Shape {
    return [batch, convolvedSize(height, this), convolvedSize(width, this), channels];
  }

  /**
   * @param folded weight and bias to use instead of its own, with the layers that follow in inference
   */
  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[], folded: FoldedWeights = {}): string {
    const { values, shape } = onnxValues(folded.weight ?? this.#weight.read(), [2, 3, 0, 1]);
    const inputs = [name, graph.weight(values, shape, 0)];
    if (folded.bias) inputs.push(onnxWeight(graph, folded.bias));
    return graph.node('Conv', inputs, { ...onnxWindow(this), group: BigInt(shape[0]) });
  }

  override getConfig() {
    const { kernelSize, stride, padding } = this;
    return { ...super.getConfig(), kernelSize, stride, padding };
  }
}

serialization.registerClass(DepthwiseConvolution2D);
