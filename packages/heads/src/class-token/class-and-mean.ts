import {
  concat,
  serialization,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer } from '@polytag/layers';
import { globalAveragePool } from '@polytag/ops';

/** Class token and mean of the map side by side: [token [B, C], map [B, h, w, C]] -> [B, 2C]. No weights. */
export class ClassAndMean extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagClassAndMean';

  override call(inputs: Tensor | Tensor[]): Tensor2D {
    const [token, map] = inputs as [Tensor2D, Tensor4D];
    return tidy(() => concat([token, globalAveragePool(map)], 1));
  }

  override computeOutputShape([[batch, channels]]: Shape[]): Shape {
    return [batch, 2 * channels!];
  }

  toOnnx(graph: OnnxGraph, [token, map]: readonly OnnxValue[]): string {
    const mean = graph.node('Flatten', [graph.node('GlobalAveragePool', [map.name])], { axis: 1n });
    return graph.node('Concat', [token.name, mean], { axis: 1n });
  }
}

serialization.registerClass(ClassAndMean);
