import {
  add,
  matMul,
  mean,
  mul,
  reshape,
  serialization,
  split,
  tidy,
  transpose,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { attention, linear, softmax } from '@polytag/ops';
import {
  constant,
  dropoutSeed,
  linearUniform,
  ParametricLayer,
  xavierUniform,
  type CallArguments,
  type ParametricLayerOptions,
  computedOnnxValues,
  onnxWeight,
} from '@polytag/layers';

export interface CrossAttentionOptions extends ParametricLayerOptions {
  /** Number of attention heads; must divide the width. */
  readonly heads: number;
  /** Dropout rate of the attention in training. */
  readonly rate: number;
}

/**
 * Multi-head attention from queries to the cells of a map (Vaswani et al., 2017), with its four projections: [queries
 * [B or 1, G, D], map [B, h, w, D]] -> [B, G, D]. Queries of batch 1 are projected once for all images. Keys as in
 * PyTorch: `in_proj_weight` [3D, D] and `in_proj_bias` (query, key, value), `out_proj.weight`, `out_proj.bias`.
 */
export class CrossAttention extends ParametricLayer implements OnnxLayer {
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

  /**
   * Attention of each query on each cell, averaged over the heads: [B, G, h·w], with sum 1 over the cells. Without
   * dropout.
   */
  shares(queries: Tensor3D, map: Tensor4D): Tensor3D {
    const { heads } = this;
    const [batch, height, columns, width] = map.shape;
    return tidy(() => {
      const [queryWeight, keyWeight] = split(this.#inWeight.read(), 3, 1) as Tensor2D[];
      const [queryBias, keyBias] = split(this.#inBias.read(), 3) as Tensor1D[];
      const byHead = (x: Tensor) =>
        transpose(reshape(x, [batch, x.shape[1]!, heads, width / heads]), [0, 2, 1, 3]);
      const q = add(linear(queries, queryWeight, queryBias), zeros([batch, 1, 1]));
      const k = linear(reshape(map, [batch, height * columns, width]), keyWeight, keyBias);
      const scores = matMul(mul(byHead(q), Math.sqrt(heads / width)), byHead(k), false, true);
      return mean(softmax(scores), 1) as Tensor3D;
    });
  }

  toOnnx(graph: OnnxGraph, [queries, map]: readonly OnnxValue[]): string {
    const width = map.shape[3]!;
    const cells = this.#onnxCells(graph, map);
    const v = this.#onnxProjected(graph, cells, width, 2, [0, 2, 1, 3]);
    const shares = this.#onnxShares(graph, queries.name, cells, width);
    const attended = graph.node('Transpose', [graph.node('MatMul', [shares, v])], { perm: [0, 2, 1, 3] });
    const joined = graph.node('Reshape', [attended, graph.integers([0, -1, width])]);
    const out = graph.node('MatMul', [joined, onnxWeight(graph, this.#outWeight.read(), 1)]);
    return graph.node('Add', [out, onnxWeight(graph, this.#outBias.read())]);
  }

  /** ONNX nodes for {@link shares}. */
  sharesToOnnx(graph: OnnxGraph, [queries, map]: readonly OnnxValue[]): string {
    const shares = this.#onnxShares(graph, queries.name, this.#onnxCells(graph, map), map.shape[3]!);
    return graph.node('ReduceMean', [shares], { axes: [1], keepdims: 0n });
  }

  /** The map's cells one after the other: [B, h·w, D]. */
  #onnxCells(graph: OnnxGraph, { name, shape }: OnnxValue): string {
    const flat = graph.node('Reshape', [name, graph.integers([0, shape[3]!, -1])]);
    return graph.node('Transpose', [flat], { perm: [0, 2, 1] });
  }

  /** What each query looks at in each head: [B, heads, G, h·w]. */
  #onnxShares(graph: OnnxGraph, queries: string, cells: string, width: number): string {
    const q = this.#onnxProjected(graph, queries, width, 0, [0, 2, 1, 3]);
    const k = this.#onnxProjected(graph, cells, width, 1, [0, 2, 3, 1]);
    const scaled = graph.node('Mul', [q, graph.constant([Math.sqrt(this.heads / width)])]);
    return graph.node('Softmax', [graph.node('MatMul', [scaled, k])], { axis: -1n });
  }

  /**
   * Query, key or value, [B, T, D] -> [B, heads, T, D / heads], or with the last two the other way round.
   *
   * @param part which third of the projection: 0, 1 or 2
   */
  #onnxProjected(graph: OnnxGraph, x: string, width: number, part: number, perm: readonly number[]): string {
    const third = (of: Tensor) => computedOnnxValues(() => split(of, 3, of.rank - 1)[part]);
    const [weight, bias] = [third(this.#inWeight.read()), third(this.#inBias.read())];
    const product = graph.node('MatMul', [x, graph.weight(weight.values, weight.shape, 1)]);
    const sum = graph.node('Add', [product, graph.weight(bias.values, bias.shape)]);
    const byHead = graph.node('Reshape', [sum, graph.integers([0, -1, this.heads, width / this.heads])]);
    return graph.node('Transpose', [byHead], { perm });
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
