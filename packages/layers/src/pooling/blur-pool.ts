import { serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { blurPool } from '@polytag/ops';
import { ParametricLayer } from '../parameters/parametric-layer.js';
import { halvedShape } from './halved-shape.js';

/**
 * Halves a map without aliasing: each channel blurred by [1, 2, 1]⊗[1, 2, 1]/16, every second pixel kept, the border
 * reflected (Zhang, "Making Convolutional Networks Shift-Invariant Again", 2019).
 * [B, H, W, C] -> [B, ceil(H/2), ceil(W/2), C]; no weights.
 *
 * @throws UsageError `usage/shape` on a map below 2 x 2 pixels
 */
export class BlurPool extends ParametricLayer {
  static readonly className = 'PolytagBlurPool';

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return blurPool(this.only<Tensor4D>(inputs));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return halvedShape(inputShape);
  }
}

serialization.registerClass(BlurPool);
