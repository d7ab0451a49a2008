import { reverse, serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer } from '../parameters/parametric-layer.js';

/** Images or feature maps left to right, [B, h, w, C]. No weights. */
export class Mirrored extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagMirrored';

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return reverse(this.only<Tensor4D>(inputs), 2);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const [last, beforeFirst, axis, step] = [-1, Number.MIN_SAFE_INTEGER, 3, -1].map((value) =>
      graph.integers([value]),
    );
    return graph.node('Slice', [name, last, beforeFirst, axis, step]);
  }
}

serialization.registerClass(Mirrored);
