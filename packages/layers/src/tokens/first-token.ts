import {
  reshape,
  serialization,
  slice,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer } from '../parameters/parametric-layer.js';

/** First token of a sequence, the class token: [B, T, D] -> [B, D]. No weights. */
export class FirstToken extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagFirstToken';

  override call(inputs: Tensor | Tensor[]): Tensor2D {
    const tokens = this.only<Tensor3D>(inputs);
    const [batch, , width] = tokens.shape;
    return tidy(() => reshape(slice(tokens, [0, 0, 0], [batch, 1, width]), [batch, width]));
  }

  override computeOutputShape([batch, , width]: Shape): Shape {
    return [batch, width];
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const [first, end] = [0, 1].map((at) => graph.integers([at]));
    return graph.node('Flatten', [graph.node('Slice', [name, first, end, graph.integers([1])])], {
      axis: 1n,
    });
  }
}

serialization.registerClass(FirstToken);
