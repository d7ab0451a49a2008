import { clipByValue, serialization, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { l2Normalise, matMul } from '@polytag/ops';
import { unitColumns } from '../parameters/initialisers.js';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';
import { sizeWithoutBatch } from '../shapes.js';
import { computedOnnxValues, onnxNormalise } from '../onnx/onnx-nodes.js';

export interface AngularLinearOptions extends ParametricLayerOptions {
  /** Number of labels. */
  readonly units: number;
}

/**
 * Cosine between a feature vector and the direction of each label (docs/method.md#angular-linear): [B, in] -> [B,
 * units] in [−1, 1]. Only directions count; lengths below 1e-12 are taken as 1e-12. Rounding beyond ±1 is clipped,
 * without gradient there. Key: `weight`, [in, units] in checkpoints too.
 */
export class AngularLinear extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagAngularLinear';
  readonly units: number;
  #weight!: LayerVariable;

  constructor(options: AngularLinearOptions) {
    super(options);
    this.units = options.units;
  }

  override build(inputShape: Shape): void {
    this.#weight = this.addParameter('weight', [inputShape[inputShape.length - 1]!, this.units], {
      initialiser: unitColumns,
    });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor2D {
    return tidy(() => {
      const features = l2Normalise(this.only(inputs), 1) as Tensor2D;
      return clipByValue(matMul(features, this.directions()), -1, 1) as Tensor2D;
    });
  }

  /** Unit direction of each label: [in, units]. */
  directions(): Tensor2D {
    return l2Normalise(this.#weight.read(), 0) as Tensor2D;
  }

  override multiplyAdds([input]: readonly Shape[], output: Shape): number {
    return input[input.length - 1]! * sizeWithoutBatch(output);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], this.units];
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const directions = computedOnnxValues(() => this.directions());
    const weight = graph.weight(directions.values, directions.shape, 1);
    const cosines = graph.node('MatMul', [onnxNormalise(graph, name), weight]);
    return graph.node('Clip', [cosines, graph.constant([-1], []), graph.constant([1], [])]);
  }

  override getConfig() {
    return { ...super.getConfig(), units: this.units };
  }
}

serialization.registerClass(AngularLinear);
