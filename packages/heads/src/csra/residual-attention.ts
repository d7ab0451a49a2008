import {
  add,
  mul,
  reshape,
  serialization,
  sum,
  tidy,
  transpose,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import {
  computedOnnxValues,
  linearUniform,
  ParametricLayer,
  type ParametricLayerOptions,
} from '@polytag/layers';
import { maximumCells, onnxMaximumCells } from '../heat-maps/maximum-cells.js';
import { globalAveragePool, globalMaxPool, l2Normalise, linear, softmax } from '@polytag/ops';

/** Temperature of the softmax over the cells of a feature map; `max` uses only the best cell. */
export type AttentionTemperature = number | 'max';

export interface ResidualAttentionOptions extends ParametricLayerOptions {
  /** Number of labels, K. */
  readonly units: number;
  /** T. */
  readonly temperature: AttentionTemperature;
  /** λ: weight of the attention term relative to the mean. */
  readonly lambda: number;
  /** Whether each label's row of the classifier is normalised to unit length. */
  readonly normaliseClassifier: boolean;
  /** Whether each cell's features are normalised to unit length too, so that scores are cosines. */
  readonly normaliseFeatures: boolean;
  /** Factor of the outputs. Default 1. */
  readonly gain?: number;
}

/**
 * Class-specific residual attention (docs/method.md#csra), one head: [B, h, w, F] -> [B, K]. With a score s(k, j) of every
 * label in every cell, output k is gain·(mean over j of s + λ·Σⱼ softmaxⱼ(T·s)·s). Key: `weight`, [K, F, 1, 1] in
 * checkpoints.
 */
export class ResidualAttention extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagResidualAttention';
  readonly units: number;
  readonly temperature: AttentionTemperature;
  readonly lambda: number;
  readonly normaliseClassifier: boolean;
  readonly normaliseFeatures: boolean;
  readonly gain: number;
  #weight!: LayerVariable;

  constructor(options: ResidualAttentionOptions) {
    super(options);
    this.units = options.units;
    this.temperature = options.temperature;
    this.lambda = options.lambda;
    this.normaliseClassifier = options.normaliseClassifier;
    this.normaliseFeatures = options.normaliseFeatures;
    this.gain = options.gain ?? 1;
  }

  override build(inputShape: Shape): void {
    const features = inputShape[3]!;
    this.#weight = this.addParameter('weight', [features, this.units], {
      initialiser: linearUniform(features),
      layout: 'pointwise',
    });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor2D {
    return tidy(() => {
      const scores = this.#scores(this.only(inputs));
      const outputs = add(globalAveragePool(scores), mul(this.lambda, this.#attention(scores)));
      return (this.gain === 1 ? outputs : mul(this.gain, outputs)) as Tensor2D;
    });
  }

  /** The score of every label in every cell, [B, h, w, K]. */
  #scores(featureMap: Tensor4D): Tensor4D {
    const features = this.normaliseFeatures ? l2Normalise(featureMap, 3) : featureMap;
    return linear(features, this.#classifier()) as Tensor4D;
  }

  #classifier(): Tensor2D {
    const weight = this.#weight.read() as Tensor2D;
    return (this.normaliseClassifier ? l2Normalise(weight, 0) : weight) as Tensor2D;
  }

  /** Σⱼ softmaxⱼ(T·s)·s, [B, K]. */
  #attention(scores: Tensor4D): Tensor2D {
    if (this.temperature === 'max') return globalMaxPool(scores);
    const [batch, height, width, labels] = scores.shape;
    const byLabel = reshape(transpose(scores, [0, 3, 1, 2]), [batch, labels, height * width]);
    return sum(mul(softmax(mul(this.temperature, byLabel)), byLabel), 2);
  }

  /** Contribution of each cell to the outputs, which are their mean over the cells: [B, h, w, K]. */
  contributions(featureMap: Tensor4D): Tensor4D {
    return tidy(() => {
      const scores = this.#scores(featureMap);
      return mul(this.gain, add(scores, mul(this.lambda, this.#attendedCells(scores)))) as Tensor4D;
    });
  }

  /** What each cell adds to the attention, [B, h, w, K]. */
  #attendedCells(scores: Tensor4D): Tensor4D {
    if (this.temperature === 'max') return maximumCells(scores);
    const [batch, height, width, labels] = scores.shape;
    const byLabel = reshape(transpose(scores, [0, 3, 1, 2]), [batch, labels, height * width]);
    const attended = mul(mul(height * width, softmax(mul(this.temperature, byLabel))), byLabel);
    return transpose(reshape(attended, [batch, labels, height, width]), [0, 2, 3, 1]) as Tensor4D;
  }

  override multiplyAdds([input]: readonly Shape[]): number {
    const [height, width, features] = input.slice(1) as number[];
    return height * width * features * this.units;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], this.units];
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    const scores = this.#onnxScores(graph, name);
    const flat = (operator: string) => graph.node('Flatten', [graph.node(operator, [scores])], { axis: 1n });
    const attention = (temperature: number): string => {
      const cells = graph.node('Reshape', [scores, graph.integers([0, 0, -1])]);
      const weighted = graph.node('Mul', [onnxSoftmax(graph, cells, temperature), cells]);
      return graph.node('ReduceSum', [weighted, graph.integers([2])], { keepdims: 0n });
    };
    const attended = this.temperature === 'max' ? flat('GlobalMaxPool') : attention(this.temperature);
    const outputs = graph.node('Add', [flat('GlobalAveragePool'), onnxTimes(graph, attended, this.lambda)]);
    return this.gain === 1 ? outputs : onnxTimes(graph, outputs, this.gain);
  }

  /** ONNX nodes for {@link contributions}: [B, K, h, w]. */
  contributionsToOnnx(graph: OnnxGraph, featureMap: string): string {
    const scores = this.#onnxScores(graph, featureMap);
    const softly = (temperature: number): string => {
      const cells = graph.node('Reshape', [scores, graph.integers([0, 0, -1])]);
      const weights = onnxSoftmax(graph, cells, temperature);
      const mean = graph.node('ReduceMean', [weights], { axes: [2], keepdims: 1n });
      const weighted = graph.node('Mul', [graph.node('Div', [weights, mean]), cells]);
      return graph.node('Reshape', [weighted, graph.node('Shape', [scores])]);
    };
    const attended = this.temperature === 'max' ? onnxMaximumCells(graph, scores) : softly(this.temperature);
    const maps = graph.node('Add', [scores, onnxTimes(graph, attended, this.lambda)]);
    return this.gain === 1 ? maps : onnxTimes(graph, maps, this.gain);
  }

  #onnxScores(graph: OnnxGraph, featureMap: string): string {
    const { values, shape } = computedOnnxValues(() => transpose(this.#classifier(), [1, 0]));
    const features = this.normaliseFeatures ? onnxUnitCells(graph, featureMap) : featureMap;
    return graph.node('Conv', [features, graph.weight(values, [...shape, 1, 1], 0)]);
  }

  override getConfig() {
    const { units, temperature, lambda, normaliseClassifier, normaliseFeatures, gain } = this;
    return {
      ...super.getConfig(),
      units,
      temperature,
      lambda,
      normaliseClassifier,
      normaliseFeatures,
      gain,
    };
  }
}

const onnxTimes = (graph: OnnxGraph, x: string, factor: number): string =>
  graph.node('Mul', [x, graph.constant([factor])]);

/** Over the last axis. */
const onnxSoftmax = (graph: OnnxGraph, x: string, temperature: number): string =>
  graph.node('Softmax', [onnxTimes(graph, x, temperature)], { axis: -1n });

/** Each cell of [B, C, h, w] over its length, as `l2Normalise`. */
function onnxUnitCells(graph: OnnxGraph, x: string): string {
  const norm = graph.node('ReduceL2', [x], { axes: [1], keepdims: 1n });
  return graph.node('Div', [x, graph.node('Max', [norm, graph.constant([1e-12])])]);
}

serialization.registerClass(ResidualAttention);

/** What the cells add to the outputs of an attention, whose weight it uses: [B, h, w, F] -> [B, h, w, K]. */
export class ResidualAttentionCells extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagResidualAttentionCells';
  readonly #attention: ResidualAttention;

  constructor(attention: ResidualAttention) {
    super({ name: `heat_map.${attention.name}` });
    this.#attention = attention;
  }

  override call(inputs: Tensor | Tensor[]): Tensor4D {
    return this.#attention.contributions(this.only(inputs));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, 3), this.#attention.units];
  }

  toOnnx(graph: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    return this.#attention.contributionsToOnnx(graph, name);
  }
}
