import { serialization, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { layerNorm } from '@polytag/ops';
import { ones, zeros } from '../parameters/initialisers.js';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';
import { onnxWeight } from '../onnx/onnx-nodes.js';

export interface LayerNormOptions extends ParametricLayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/** Normalises the last dimension, [..., D] -> [..., D] (Ba, Kiros and Hinton, 2016). Keys: `weight`, `bias`. */
export class LayerNorm extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagLayerNorm';
  readonly epsilon: number;
  #weight!: LayerVariable;
  #bias!: LayerVariable;

  constructor(options: LayerNormOptions) {
    super(options);
    this.epsilon = options.epsilon ?? 1e-5;
  }

  override build(inputShape: Shape): void {
    const shape = [inputShape[inputShape.length - 1]!];
    this.#weight = this.addParameter('weight', shape, { initialiser: ones });
    this.#bias = this.addParameter('bias', shape, { initialiser: zeros });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return layerNorm(
      this.only(inputs),
      this.#weight.read() as Tensor1D,
      this.#bias.read() as Tensor1D,
      this.epsilon,
    );
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const [weight, bias] = [this.#weight, this.#bias].map((one) => onnxWeight(graph, one.read()));
    return graph.node('LayerNormalization', [name, weight, bias], { axis: -1n, epsilon: this.epsilon });
  }

  override getConfig() {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}

serialization.registerClass(LayerNorm);
