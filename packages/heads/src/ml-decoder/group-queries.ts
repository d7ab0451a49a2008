import {
  add,
  mul,
  reshape,
  serialization,
  tidy,
  zeros,
  type Tensor,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { dropout } from '@polytag/ops';
import {
  dropoutSeed,
  normal,
  ParametricLayer,
  type CallArguments,
  type ParametricLayerOptions,
  onnxValues,
} from '@polytag/layers';

export interface GroupQueriesOptions extends ParametricLayerOptions {
  /** Number of queries, G. */
  readonly groups: number;
  /** Width of a query, D. */
  readonly width: number;
  /** Dropout rate in training. */
  readonly rate: number;
}

/**
 * The queries of ML-Decoder with the residual sum that replaces self-attention: q + dropout(q). They are random, never
 * trained, and the same for all images, so without dropout the result is 2q with a batch of 1. The input only sets the
 * batch size. Key: `weight`, [G, D], frozen.
 */
export class GroupQueries extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagGroupQueries';
  readonly groups: number;
  readonly width: number;
  readonly rate: number;
  #weight!: LayerVariable;
  #calls = 0;

  constructor(options: GroupQueriesOptions) {
    super(options);
    this.groups = options.groups;
    this.width = options.width;
    this.rate = options.rate;
  }

  override build(): void {
    this.#weight = this.addParameter('weight', [this.groups, this.width], {
      initialiser: normal(1),
      trainable: false,
    });
    this.built = true;
  }

  override call(
    inputs: Tensor | Tensor[],
    { training = false, step, batchOffset = 0 }: CallArguments,
  ): Tensor3D {
    const [batch] = this.only(inputs).shape;
    const { groups, width, rate } = this;
    return tidy(() => {
      const queries = reshape(this.#weight.read(), [1, groups, width]);
      if (!training || rate === 0) return mul(2, queries) as Tensor3D;
      const seed = dropoutSeed(this.seed, this.name, step ?? this.#calls++, batchOffset * groups * width);
      const copies = add(queries, zeros([batch, 1, 1]));
      return add(queries, dropout(copies, rate, seed)) as Tensor3D;
    });
  }

  toOnnx(graph: OnnxGraph): string {
    const { values, shape } = onnxValues(this.#weight.read());
    return graph.weight(
      values.map((value) => 2 * value),
      [1, ...shape],
    );
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], this.groups, this.width];
  }

  override getConfig() {
    const { groups, width, rate } = this;
    return { ...super.getConfig(), groups, width, rate };
  }
}

serialization.registerClass(GroupQueries);

/** Residual sum of [B, G, D] and the queries that it came from, whose batch may be 1. */
export class AddQueries extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagAddQueries';

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x, queries] = inputs as Tensor[];
    return add(x, queries);
  }

  override computeOutputShape(inputShapes: Shape[]): Shape {
    return inputShapes[0];
  }
  toOnnx(graph: OnnxGraph, inputs: readonly OnnxValue[]): string {
    return graph.node(
      'Add',
      inputs.map(({ name }) => name),
    );
  }
}

serialization.registerClass(AddQueries);
