import {
  add,
  reshape,
  serialization,
  slice,
  tidy,
  transpose,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { groupLinear, l2Normalise } from '@polytag/ops';
import {
  constant,
  normal,
  ParametricLayer,
  type ParametricLayerOptions,
  computedOnnxValues,
  onnxNormalise,
  onnxValues,
  onnxWeight,
} from '@polytag/layers';

export interface GroupClassifierOptions extends ParametricLayerOptions {
  /** Number of labels, K. */
  readonly units: number;
  /** Number of labels per group, f; groups·f must be at least K. */
  readonly labelsPerGroup: number;
  /** Whether features and weights are normalised to unit length, so that products are cosines. */
  readonly normalised: boolean;
}

/**
 * Group fully connected layer of ML-Decoder: [B, G, D] -> [B, K]. Label k = g·f + j is t[g]·P[g, :, j] + bias[k].
 * With `normalised` it is a cosine plus the bias, which may leave [−1, 1]. Keys: `duplicate_pooling` [G, D, f],
 * `duplicate_pooling_bias` [K].
 */
export class GroupClassifier extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagGroupClassifier';
  readonly units: number;
  readonly labelsPerGroup: number;
  readonly normalised: boolean;
  #weight!: LayerVariable;
  #bias!: LayerVariable;

  constructor(options: GroupClassifierOptions) {
    super(options);
    this.units = options.units;
    this.labelsPerGroup = options.labelsPerGroup;
    this.normalised = options.normalised;
  }

  override build(inputShape: Shape): void {
    const [groups, width] = inputShape.slice(1) as number[];
    const { labelsPerGroup } = this;
    // PyTorch's Xavier rule on a [G, D, f] tensor.
    const deviation = Math.sqrt(2 / ((width + groups) * labelsPerGroup));
    this.#weight = this.addParameter('duplicate_pooling', [groups, width, labelsPerGroup], {
      initialiser: normal(deviation),
    });
    this.#bias = this.addParameter('duplicate_pooling_bias', [this.units], { initialiser: constant(0) });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor2D {
    const x = this.only<Tensor3D>(inputs);
    return tidy(() => {
      const weight = this.#weight.read() as Tensor3D;
      const products = this.normalised
        ? groupLinear(l2Normalise(x, 2) as Tensor3D, unitColumnsOf(weight))
        : groupLinear(x, weight);
      const [batch, groups, labelsPerGroup] = products.shape;
      const flat = reshape(products, [batch, groups * labelsPerGroup]);
      return add(slice(flat, [0, 0], [batch, this.units]), this.#bias.read()) as Tensor2D;
    });
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const { normalised, units } = this;
    const weight = this.#weight.read() as Tensor3D;
    const { values, shape } = normalised
      ? computedOnnxValues(() => unitColumnsOf(weight))
      : onnxValues(weight);
    // A matrix product a group: groups in front.
    const x = graph.node('Transpose', [normalised ? onnxNormalise(graph, name) : name], { perm: [1, 0, 2] });
    const products = graph.node('MatMul', [x, graph.weight(values, shape)]);
    const byImage = graph.node('Transpose', [products], { perm: [1, 0, 2] });
    const flat = graph.node('Reshape', [byImage, graph.integers([0, -1])]);
    const [from, to, axis] = [[0], [units], [1]].map((one) => graph.integers(one));
    return graph.node('Add', [
      graph.node('Slice', [flat, from, to, axis]),
      onnxWeight(graph, this.#bias.read()),
    ]);
  }

  override multiplyAdds([input]: readonly Shape[]): number {
    return input[1]! * input[2]! * this.labelsPerGroup;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], this.units];
  }

  override getConfig() {
    const { units, labelsPerGroup, normalised } = this;
    return { ...super.getConfig(), units, labelsPerGroup, normalised };
  }
}

/** [G, D, f] with every P[g, :, j] of unit length. */
function unitColumnsOf(weight: Tensor3D): Tensor3D {
  return transpose(l2Normalise(transpose(weight, [0, 2, 1]), 2), [0, 2, 1]) as Tensor3D;
}

serialization.registerClass(GroupClassifier);
