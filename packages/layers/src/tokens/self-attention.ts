import { serialization, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { selfAttention } from '@polytag/ops';
import { ParametricLayer, type ParametricLayerOptions } from '../parameters/parametric-layer.js';

export interface SelfAttentionOptions extends ParametricLayerOptions {
  /** Number of attention heads; must divide the width D. */
  readonly heads: number;
}

/**
 * Multi-head self-attention without its projections (Vaswani et al., 2017): [B, T, 3D], query, key and value of each
 * token side by side, -> [B, T, D]. No weights.
 */
export class SelfAttention extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagSelfAttention';
  readonly heads: number;

  constructor(options: SelfAttentionOptions) {
    super(options);
    this.heads = options.heads;
  }

  override call(inputs: Tensor | Tensor[]): Tensor3D {
    return selfAttention(this.only<Tensor3D>(inputs), { heads: this.heads });
  }

  override multiplyAdds(_: readonly Shape[], [, tokens, width]: Shape): number {
    return 2 * tokens! ** 2 * width!;
  }

  override computeOutputShape([batch, tokens, joint]: Shape): Shape {
    return [batch, tokens, joint! / 3];
  }

  toOnnx(graph: OnnxGraph, [{ name, shape }]: readonly OnnxValue[]): string {
    const { heads } = this;
    const width = shape[2]! / 3;
    /** [B, heads, T, D / heads], or with the last two the other way round. */
    const third = (part: number, perm: readonly number[]) => {
      const ends = [part * width, (part + 1) * width].map((end) => graph.integers([end]));
      const one = graph.node('Slice', [name, ...ends, graph.integers([2])]);
      const byHead = graph.node('Reshape', [one, graph.integers([0, -1, heads, width / heads])]);
      return graph.node('Transpose', [byHead], { perm });
    };
    const scaled = graph.node('Mul', [third(0, [0, 2, 1, 3]), graph.constant([Math.sqrt(heads / width)])]);
    const scores = graph.node('MatMul', [scaled, third(1, [0, 2, 3, 1])]);
    const shares = graph.node('Softmax', [scores], { axis: -1n });
    const attended = graph.node('MatMul', [shares, third(2, [0, 2, 1, 3])]);
    const byToken = graph.node('Transpose', [attended], { perm: [0, 2, 1, 3] });
    return graph.node('Reshape', [byToken, graph.integers([0, -1, width])]);
  }

  override getConfig() {
    return { ...super.getConfig(), heads: this.heads };
  }
}

serialization.registerClass(SelfAttention);
