import { add, serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { ParametricLayer } from '@polytag/layers';

/** Residual sum of [B, G, D] and the queries it came from, whose batch may be 1. */
export class AddQueries extends ParametricLayer {
  static readonly className = 'PolytagAddQueries';

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x, queries] = inputs as Tensor[];
    return add(x, queries);
  }

  override computeOutputShape(inputShapes: Shape[]): Shape {
    return inputShapes[0];
  }
}

serialization.registerClass(AddQueries);
