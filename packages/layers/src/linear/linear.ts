import { serialization, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { fusedLinear, linear, type Epilogue } from '@polytag/ops';
import { linearUniform } from '../parameters/initialisers.js';
import {
  ParametricLayer,
  type Initialiser,
  type ParametricLayerOptions,
} from '../parameters/parametric-layer.js';
import { sizeWithoutBatch } from '../shapes.js';
import { onnxValues, onnxWeight, type FoldedWeights } from '../onnx/onnx-nodes.js';

export interface LinearOptions extends ParametricLayerOptions {
  /** Number of output channels. */
  readonly units: number;
  /** Default true. */
  readonly bias?: boolean;
  /** How a checkpoint stores the weight: a matrix (default) or a 1x1 convolution. */
  readonly layout?: 'linear' | 'pointwise';
  /** Weight. Default: uniform ±1/√in. Not part of the saved configuration. */
  readonly initialiser?: Initialiser;
  /** Bias. Default: uniform ±1/√in. Not part of the saved configuration. */
  readonly biasInitialiser?: Initialiser;
}

/** Linear layer: [..., in] -> [..., units]; on a feature map it is a 1x1 convolution. Keys: `weight`, `bias`. */
export class Linear extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagLinear';
  readonly units: number;
  readonly bias: boolean;
  readonly layout: 'linear' | 'pointwise';
  readonly #initialiser?: Initialiser;
  readonly #biasInitialiser?: Initialiser;
  #weight!: LayerVariable;
  #bias?: LayerVariable;

  constructor(options: LinearOptions) {
    super(options);
    this.units = options.units;
    this.bias = options.bias ?? true;
    this.layout = options.layout ?? 'linear';
    this.#initialiser = options.initialiser;
    this.#biasInitialiser = options.biasInitialiser;
  }

  override build(inputShape: Shape): void {
    const inputs = inputShape[inputShape.length - 1]!;
    this.#weight = this.addParameter('weight', [inputs, this.units], {
      initialiser: this.#initialiser ?? linearUniform(inputs),
      layout: this.layout,
    });
    if (this.bias) {
      this.#bias = this.addParameter('bias', [this.units], {
        initialiser: this.#biasInitialiser ?? linearUniform(inputs),
      });
    }
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return linear(
      this.only(inputs),
      this.#weight.read() as Tensor2D,
      this.#bias?.read() as Tensor1D | undefined,
    );
  }

  /** The layer with another weight and bias, fused with the layers that follow in inference. */
  fused(x: Tensor, weight: Tensor, end: Epilogue): Tensor {
    return fusedLinear(x, weight as Tensor2D, end);
  }

  override multiplyAdds([input]: readonly Shape[], output: Shape): number {
    return input[input.length - 1]! * sizeWithoutBatch(output);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, -1), this.units];
  }

  /**
   * @param folded weight and bias to use instead of its own, with the layers that follow in inference
   */
  toOnnx(graph: OnnxGraph, [{ name, shape }]: readonly OnnxValue[], folded: FoldedWeights = {}): string {
    const { weight = this.#weight.read(), bias = this.#bias?.read() } = folded;
    const ends = bias ? [onnxWeight(graph, bias)] : [];
    if (shape.length === 4) {
      const kernel = onnxValues(weight, [1, 0]);
      const inputs = [name, graph.weight(kernel.values, [...kernel.shape, 1, 1], 0), ...ends];
      return graph.node('Conv', inputs, { kernel_shape: [1, 1] });
    }
    const product = graph.node('MatMul', [name, onnxWeight(graph, weight, 1)]);
    return bias ? graph.node('Add', [product, ...ends]) : product;
  }

  override getConfig() {
    const { units, bias, layout } = this;
    return { ...super.getConfig(), units, bias, layout };
  }
}

serialization.registerClass(Linear);
