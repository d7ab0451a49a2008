import { add, cast, div, equal, mul, reshape, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer, type ParametricLayerOptions } from '@polytag/layers';
import { onnxEveryCell } from './onnx-every-cell.js';

/**
 * An activation in the cells that a pooled value is the mean of: [cells z(j) [B, h, w, C], pooled z [B, C], its activation
 * a [B, C]] -> z(j)·a/z, whose mean over the cells is a. An activation that leaves 0 at 0 is such a factor a/z of its
 * argument: 0 or 1 for ReLU, from 0 to 1 for hard-swish. Where z is 0 nothing comes of any cell.
 */
export class GatedCells extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagGatedCells';

  constructor(options: ParametricLayerOptions) {
    super(options);
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return tidy(() => {
      const [cells, before, after] = inputs as Tensor[];
      const factors = div(after, add(before, cast(equal(before, 0), 'float32')));
      const [batch, channels] = before.shape;
      return mul(cells, reshape(factors, [batch, 1, 1, channels])) as Tensor4D;
    });
  }

  override computeOutputShape([cells]: Shape[]): Shape {
    return cells;
  }

  toOnnx(graph: OnnxGraph, [cells, before, after]: readonly OnnxValue[]): string {
    const isZero = graph.node('Cast', [graph.node('Equal', [before.name, graph.constant([0])])], { to: 1n });
    const factors = graph.node('Div', [after.name, graph.node('Add', [before.name, isZero])]);
    return graph.node('Mul', [cells.name, onnxEveryCell(graph, factors)]);
  }
}
