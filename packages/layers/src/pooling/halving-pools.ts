import { serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { averagePool, blurPool } from '@polytag/ops';
import { ParametricLayer } from '../parameters/parametric-layer.js';

/**
 * Halves a map without aliasing: each channel is blurred with [1, 2, 1]⊗[1, 2, 1]/16 with reflected borders, and every
 * second pixel is kept (Zhang, "Making Convolutional Networks Shift-Invariant Again", 2019). [B, H, W, C] -> [B,
 * ceil(H/2), ceil(W/2), C]; no weights.
 *
 * @throws UsageError `usage/shape` on a map below 2 x 2 pixels
 */
export class BlurPool extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagBlurPool';

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return blurPool(this.only<Tensor4D>(inputs));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return halvedShape(inputShape);
  }

  toOnnx(graph: OnnxGraph, [{ name, shape }]: readonly OnnxValue[]): string {
    const channels = shape[3]!;
    const padded = graph.node('Pad', [name, graph.integers([0, 0, 1, 1, 0, 0, 1, 1])], { mode: 'reflect' });
    const blur = [1, 2, 1].flatMap((row) => [1, 2, 1].map((column) => (row * column) / 16));
    const kernel = graph.constant(Array.from({ length: channels }, () => blur).flat(), [channels, 1, 3, 3]);
    const window = { kernel_shape: [3, 3], strides: [2, 2], group: BigInt(channels) };
    return graph.node('Conv', [padded, kernel], window);
  }
}

serialization.registerClass(BlurPool);

/**
 * Mean of each 2 x 2 block; at an odd border, of the existing pixels (PyTorch's ceil mode without counted padding). [B,
 * H, W, C] -> [B, ceil(H/2), ceil(W/2), C]; no weights.
 */
export class AveragePool extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagAveragePool';

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return averagePool(this.only<Tensor4D>(inputs));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return halvedShape(inputShape);
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const window = { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1n, count_include_pad: 0n };
    return graph.node('AveragePool', [name], window);
  }
}

serialization.registerClass(AveragePool);

/** Shape of a map [B, H, W, C] at half its size, rounded up; a size that is not known yet stays so. */
function halvedShape([batch, height, width, channels]: Shape): Shape {
  const half = (size: number | null) => (size === null ? null : Math.ceil(size / 2));
  return [batch, half(height), half(width), channels];
}
