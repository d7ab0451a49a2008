import { addN, mul, serialization, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer } from '../parameters/parametric-layer.js';

/** Mean of several tensors of one shape. No weights. */
export class MeanOfAll extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagMeanOfAll';

  override call(inputs: Tensor | Tensor[]): Tensor {
    const all = inputs as Tensor[];
    return tidy(() => mul(1 / all.length, addN(all)));
  }

  override computeOutputShape(inputShapes: Shape[]): Shape {
    return inputShapes[0];
  }

  toOnnx(graph: OnnxGraph, inputs: readonly OnnxValue[]): string {
    return graph.node('Mean', inputs.map(({ name }) => name)); // prettier-ignore
  }
}

serialization.registerClass(MeanOfAll);
