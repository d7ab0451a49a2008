import { mul, serialization, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { onnxWeight } from '../onnx/onnx-nodes.js';
import { constant } from '../parameters/initialisers.js';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';

export interface LayerScaleOptions extends ParametricLayerOptions {
  /** Initial value of every factor. Default 1. Not part of the saved configuration. */
  readonly initial?: number;
}

/**
 * One factor per channel of a residual branch (Touvron et al., "Going deeper with Image Transformers", 2021): [..., C]
 * -> [..., C]. Key: `gamma`; under the alias `lambda1`, as in transformers.
 */
export class LayerScale extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagLayerScale';
  readonly #initial: number;
  #gamma!: LayerVariable;

  constructor(options: LayerScaleOptions) {
    super(options);
    this.#initial = options.initial ?? 1;
  }

  override build(inputShape: Shape): void {
    const channels = inputShape[inputShape.length - 1]!;
    this.#gamma = this.addParameter('gamma', [channels], {
      initialiser: constant(this.#initial),
      aliasName: 'lambda1',
    });
    this.built = true;
  }

  /** The factors, [C]. */
  get factors(): Tensor1D {
    return this.#gamma.read() as Tensor1D;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return mul(this.only(inputs), this.factors);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    return graph.node('Mul', [name, onnxWeight(graph, this.factors)]);
  }
}

serialization.registerClass(LayerScale);
