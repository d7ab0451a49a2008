import {
  div,
  maximum,
  sqrt,
  square,
  sum,
  reshape,
  tidy,
  transpose,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { layers, Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { AngularLinear, computedOnnxValues, ParametricLayer } from '@polytag/layers';
import { linear } from '@polytag/ops';
import { onnxEveryCell } from './onnx-every-cell.js';

/** As `l2Normalise`. */
const LEAST_NORM = 1e-12;

/**
 * What each cell adds to the cosines of an angular layer: [cells x(j) [B, h, w, F], pooled features x [B, F], their mean]
 * -> m·x(j)/‖x‖ for the direction m of each label, [B, h, w, K]. It uses the angular layer's weight and has none itself.
 */
class AngularCells extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagAngularCells';
  readonly #angular: AngularLinear;

  constructor(angular: AngularLinear) {
    super({ name: `heat_map.${angular.name}` });
    this.#angular = angular;
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return tidy(() => {
      const [cells, pooled] = inputs as Tensor[];
      const length = maximum(sqrt(sum(square(pooled), 1)), LEAST_NORM);
      const rescaled = div(cells, reshape(length, [pooled.shape[0], 1, 1, 1]));
      return linear(rescaled, this.#angular.directions()) as Tensor4D;
    });
  }

  override computeOutputShape([cells]: Shape[]): Shape {
    return [...cells.slice(0, 3), this.#angular.units];
  }

  toOnnx(graph: OnnxGraph, [cells, pooled]: readonly OnnxValue[]): string {
    const { values, shape } = computedOnnxValues(() => transpose(this.#angular.directions(), [1, 0]));
    const length = graph.node('ReduceL2', [pooled.name], { axes: [-1], keepdims: 1n });
    const bounded = graph.node('Max', [length, graph.constant([LEAST_NORM])]);
    const rescaled = graph.node('Div', [cells.name, onnxEveryCell(graph, bounded)]);
    return graph.node('Conv', [rescaled, graph.weight(values, [...shape, 1, 1], 0)], {
      kernel_shape: [1, 1],
    });
  }
}

/**
 * What each cell adds to the outputs of a classifier.
 *
 * @param classifier applied to the pooled features already; its bias counts in every cell
 * @param cells [B, h, w, F], whose mean over the cells is `pooled`
 * @param pooled [B, F], what the classifier was applied to
 * @returns [B, h, w, K]
 */
export function classifiedCells(
  classifier: layers.Layer,
  cells: SymbolicTensor,
  pooled: SymbolicTensor,
): SymbolicTensor {
  return (
    classifier instanceof AngularLinear
      ? new AngularCells(classifier).apply([cells, pooled])
      : classifier.apply(cells)
  ) as SymbolicTensor;
}
