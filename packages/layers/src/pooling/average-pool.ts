import { serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { averagePool } from '@polytag/ops';
import { ParametricLayer } from '../parameters/parametric-layer.js';
import { halvedShape } from './halved-shape.js';

/**
 * Mean of each 2 x 2 block, at an odd border of the pixels that are there (PyTorch's ceil mode without counted
 * padding). [B, H, W, C] -> [B, ceil(H/2), ceil(W/2), C]; no weights.
 */
export class AveragePool extends ParametricLayer {
  static readonly className = 'PolytagAveragePool';

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return averagePool(this.only<Tensor4D>(inputs));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return halvedShape(inputShape);
  }
}

serialization.registerClass(AveragePool);
