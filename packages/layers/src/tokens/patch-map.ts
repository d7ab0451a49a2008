import {
  reshape,
  serialization,
  slice,
  tidy,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer } from '../parameters/parametric-layer.js';

/**
 * The last tokens of a sequence as a feature map, row by row: [tokens [B, T, D], map [B, h, w, …]] -> [B, h, w, D]. The
 * map only provides height and width. No weights.
 */
export class PatchMap extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagPatchMap';

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const [tokens, map] = inputs as [Tensor3D, Tensor4D];
    const [batch, count, width] = tokens.shape;
    const [, rows, columns] = map.shape;
    return tidy(() => {
      const patches = slice(tokens, [0, count - rows * columns, 0], [batch, rows * columns, width]);
      return reshape(patches, [batch, rows, columns, width]) as Tensor4D;
    });
  }

  override computeOutputShape([tokens, [, rows, columns]]: Shape[]): Shape {
    return [tokens[0], rows, columns, tokens[2]];
  }

  toOnnx(graph: OnnxGraph, [tokens, map]: readonly OnnxValue[]): string {
    const [, rows, columns] = map.shape as number[];
    graph.fixImageSize();
    const [first, end] = [-rows * columns, Number.MAX_SAFE_INTEGER].map((at) => graph.integers([at]));
    const patches = graph.node('Slice', [tokens.name, first, end, graph.integers([1])]);
    const byChannel = graph.node('Transpose', [patches], { perm: [0, 2, 1] });
    return graph.node('Reshape', [byChannel, graph.integers([0, 0, rows, columns])]);
  }
}

serialization.registerClass(PatchMap);
