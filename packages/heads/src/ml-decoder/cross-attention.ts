import {
  add,
  reshape,
  serialization,
  split,
  tidy,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { attention, linear } from '@polytag/ops';
import {
  constant,
  dropoutSeed,
  linearUniform,
  ParametricLayer,
  xavierUniform,
  type CallArguments,
  type ParametricLayerOptions,
} from '@polytag/layers';

export interface CrossAttentionOptions extends ParametricLayerOptions {
  /** Attention heads; a divisor of the width. */
  readonly heads: number;
  /** Dropout on the attention, in training. */
  readonly rate: number;
}

/**
 * Multi-head attention of queries to the cells of a map (Vaswani et al., 2017), with its four projections:
 * [queries [B or 1, G, D], map [B, h, w, D]] -> [B, G, D]. Queries of batch 1 are projected once for all images.
 * Keys as in PyTorch: `in_proj_weight` [3D, D] and `in_proj_bias` (query, key, value), `out_proj.weight`,
 * `out_proj.bias`.
 */
export class CrossAttention extends ParametricLayer {
  static readonly className = 'PolytagCrossAttention';
  readonly heads: number;
  readonly rate: number;
  #inWeight!: LayerVariable;
  #inBias!: LayerVariable;
  #outWeight!: LayerVariable;
  #outBias!: LayerVariable;
  #calls = 0;

  constructor(options: CrossAttentionOptions) {
    super(options);
    this.heads = options.heads;
    this.rate = options.rate;
  }

  override build(inputShapes: Shape[]): void {
    const width = inputShapes[0][2]!;
    this.#inWeight = this.addParameter('in_proj_weight', [width, 3 * width], {
      initialiser: xavierUniform(width, 3 * width),
      layout: 'linear',
    });
    this.#inBias = this.addParameter('in_proj_bias', [3 * width], { initialiser: constant(0) });
    this.#outWeight = this.addParameter('out_proj.weight', [width, width], {
      initialiser: linearUniform(width),
      layout: 'linear',
    });
    this.#outBias = this.addParameter('out_proj.bias', [width], { initialiser: constant(0) });
    this.built = true;
  }

  override call(
    inputs: Tensor | Tensor[],
    { training = false, step, batchOffset = 0 }: CallArguments,
  ): Tensor3D {
    const [queries, map] = inputs as Tensor[];
    const [batch, height, columns, width] = map.shape;
    return tidy(() => {
      const cells = reshape(map, [batch, height * columns, width]);
      const weights = split(this.#inWeight.read(), 3, 1) as Tensor2D[];
      const biases = split(this.#inBias.read(), 3) as Tensor1D[];
      const projected = linear(queries, weights[0], biases[0]);
      const q = queries.shape[0] === batch ? projected : add(projected, zeros([batch, 1, 1]));
      const k = linear(cells, weights[1], biases[1]);
      const v = linear(cells, weights[2], biases[2]);
      const first = batchOffset * this.heads * q.shape[1]! * cells.shape[1]!;
      const seed = training ? dropoutSeed(this.seed, this.name, step ?? this.#calls++, first) : 0;
      const dropout = training && this.rate > 0 ? { rate: this.rate, seed } : undefined;
      const attended = attention(q as Tensor3D, k as Tensor3D, v as Tensor3D, { heads: this.heads, dropout });
      return linear(
        attended,
        this.#outWeight.read() as Tensor2D,
        this.#outBias.read() as Tensor1D,
      ) as Tensor3D;
    });
  }

  override multiplyAdds([queries, map]: readonly Shape[]): number {
    const [, groups, width] = queries as number[];
    const cells = map[1]! * map[2]!;
    // Queries and results are projected, keys and values; then scores and their sums.
    return 2 * (groups + cells) * width ** 2 + 2 * groups * cells * width;
  }

  override computeOutputShape(inputShapes: Shape[]): Shape {
    return [inputShapes[1][0], ...inputShapes[0].slice(1)];
  }

  override getConfig() {
    const { heads, rate } = this;
    return { ...super.getConfig(), heads, rate };
  }
}

serialization.registerClass(CrossAttention);
