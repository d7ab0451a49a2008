import {
  gather,
  reshape,
  tensor1d,
  tidy,
  transpose,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { ParametricLayer } from '@polytag/layers';
import type { CrossAttention } from './cross-attention.js';

export interface LabelAttentionOptions {
  /** Number of labels, K. */
  readonly units: number;
  /** Labels that a query answers for. */
  readonly labelsPerGroup: number;
}

/**
 * How much the query of each label looks at each cell: [queries [B or 1, G, D], map [B, h, w, D]] -> [B, h, w, K]. Labels of
 * one group have the same map. It uses the weights of an attention and has none itself.
 */
export class LabelAttention extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagLabelAttention';
  readonly #attention: CrossAttention;
  readonly #units: number;
  /** The query of each label. */
  readonly #groups: readonly number[];

  constructor(attention: CrossAttention, { units, labelsPerGroup }: LabelAttentionOptions) {
    super({ name: `heat_map.${attention.name}` });
    this.#attention = attention;
    this.#units = units;
    this.#groups = Array.from({ length: units }, (_, label) => Math.floor(label / labelsPerGroup));
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    const [queries, map] = inputs as [Tensor3D, Tensor4D];
    const [batch, height, width] = map.shape;
    return tidy(() => {
      const byGroup = this.#attention.shares(queries, map);
      const byLabel = gather(byGroup, tensor1d([...this.#groups], 'int32'), 1);
      return reshape(transpose(byLabel, [0, 2, 1]), [batch, height, width, this.#units]) as Tensor4D;
    });
  }

  override computeOutputShape([, map]: Shape[]): Shape {
    return [...map.slice(0, 3), this.#units];
  }

  toOnnx(graph: OnnxGraph, inputs: readonly OnnxValue[]): string {
    const byGroup = this.#attention.sharesToOnnx(graph, inputs);
    const byLabel = graph.node('Gather', [byGroup, graph.integers(this.#groups)], { axis: 1n });
    const shape = graph.node('Shape', [inputs[1].name]);
    const size = graph.node('Slice', [shape, graph.integers([2]), graph.integers([4])]);
    const whole = graph.node('Concat', [graph.integers([0, 0]), size], { axis: 0n });
    return graph.node('Reshape', [byLabel, whole]);
  }
}
