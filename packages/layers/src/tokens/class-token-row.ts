import {
  concat,
  reshape,
  serialization,
  slice,
  tidy,
  tile,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer } from '../parameters/parametric-layer.js';

// One tensor of what a head reads that wants both feature map and class token, so that it can be cached as a map is.

const taller = (rows: number | null, by: number): number | null => (rows === null ? null : rows + by);

/**
 * Puts a class token into an extra row above a map, in each of its cells: [token [B, C], map [B, h, w, C]] -> [B, h +
 * 1, w, C].
 */
export class ClassTokenRow extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagClassTokenRow';

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const [token, map] = inputs as [Tensor2D, Tensor4D];
    const [batch, , columns, channels] = map.shape;
    return tidy(() => {
      const row = tile(reshape(token, [batch, 1, 1, channels]), [1, 1, columns, 1]);
      return concat([row, map], 1) as Tensor4D;
    });
  }

  override computeOutputShape([, [batch, rows, ...rest]]: Shape[]): Shape {
    return [batch, taller(rows, 1), ...rest];
  }

  toOnnx(graph: OnnxGraph, [token, map]: readonly OnnxValue[]): string {
    const [, , columns, channels] = map.shape as number[];
    graph.fixImageSize();
    const cell = graph.node('Reshape', [token.name, graph.integers([0, channels, 1, 1])]);
    const row = graph.node('Tile', [cell, graph.integers([1, 1, 1, columns])]);
    return graph.node('Concat', [row, map.name], { axis: 2n });
  }
}

/** Extracts the token of {@link ClassTokenRow}: [B, h + 1, w, C] -> [B, C]. */
export class TokenOfRow extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagTokenOfRow';

  override call(inputs: Tensor | Tensor[]): Tensor2D {
    const x = this.only<Tensor4D>(inputs);
    const [batch, , , channels] = x.shape;
    return tidy(() => reshape(slice(x, [0, 0, 0, 0], [batch, 1, 1, channels]), [batch, channels]));
  }

  override computeOutputShape([batch, , , channels]: Shape): Shape {
    return [batch, channels];
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const ends = [
      [0, 0],
      [1, 1],
    ].map((at) => graph.integers(at));
    const cell = graph.node('Slice', [name, ...ends, graph.integers([2, 3])]);
    return graph.node('Flatten', [cell], { axis: 1n });
  }
}

/** Extracts the map of {@link ClassTokenRow}: [B, h + 1, w, C] -> [B, h, w, C]. */
export class MapBelowRow extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagMapBelowRow';

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const x = this.only<Tensor4D>(inputs);
    const [batch, rows, ...rest] = x.shape;
    return slice(x, [0, 1, 0, 0], [batch, rows - 1, ...rest]);
  }

  override computeOutputShape([batch, rows, ...rest]: Shape): Shape {
    return [batch, taller(rows, -1), ...rest];
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const ends = [1, Number.MAX_SAFE_INTEGER].map((at) => graph.integers([at]));
    return graph.node('Slice', [name, ...ends, graph.integers([2])]);
  }
}

serialization.registerClass(ClassTokenRow);
serialization.registerClass(TokenOfRow);
serialization.registerClass(MapBelowRow);
