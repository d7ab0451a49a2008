import { serialization, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { prelu } from '@polytag/ops';
import { constant } from '../parameters/initialisers.js';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';
import { onnxWeight } from '../onnx/onnx-nodes.js';

/**
 * Parametric ReLU: x if x >= 0, else slope·x, with one learned slope for all channels, initially 0.25 (He et al., 2015;
 * PyTorch's default). Any shape. Key: `weight`, [1].
 */
export class PRelu extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagPRelu';
  #slope!: LayerVariable;

  constructor(options: ParametricLayerOptions) {
    super(options);
  }

  override build(): void {
    this.#slope = this.addParameter('weight', [1], { initialiser: constant(0.25) });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return prelu(this.only(inputs), this.#slope.read() as Tensor1D);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    return graph.node('PRelu', [name, onnxWeight(graph, this.#slope.read())]);
  }
}

serialization.registerClass(PRelu);
