import { serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { averagePool, blurPool } from '@polytag/ops';
import { ParametricLayer } from '../parameters/parametric-layer.js';

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

/** Shape of a map [B, H, W, C] at half its size, rounded up; a size that is not known yet stays so. */
function halvedShape([batch, height, width, channels]: Shape): Shape {
  const half = (size: number | null) => (size === null ? null : Math.ceil(size / 2));
  return [batch, half(height), half(width), channels];
}
