import {
  dispose,
  keep,
  mul,
  reshape,
  serialization,
  sigmoid,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { layers, LayersModel, LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { activate, globalMaxPool } from '@polytag/ops';
import {
  constant,
  dropoutSeed,
  ParametricLayer,
  uniform,
  xavierUniform,
  type CallArguments,
  type Initialiser,
  type Parameter,
  type ParametricLayerOptions,
  computedOnnxValues,
} from '@polytag/layers';
import { normaliseAdjacency } from './adjacency.js';
import { graphAttention, graphConvolution } from './graph-layers.js';

/** `gcn`: graph convolution; `gat`: graph attention. */
export type GraphLayer = 'gcn' | 'gat';

export interface GcnReweightingOptions extends ParametricLayerOptions {
  readonly layer: GraphLayer;
  /** Number of labels. */
  readonly labelCount: number;
  /** Width of the word vectors. */
  readonly wordDimension: number;
  /** Width between the two graph layers. */
  readonly hiddenWidth: number;
  /** Values of A and of the word vectors, row-major. They are saved as weights of the model, not in its config. */
  readonly labelGraph?: { readonly adjacency: Float32Array; readonly wordVectors: Float32Array };
}

const LEAKY_SLOPE = 0.2;
const ATTENTION_DROPOUT = 0.1;
const XAVIER_GAIN = 1.414;

/** Identity: a graph without edges, until the weights are loaded. */
const identity: Initialiser = ([size]) =>
  Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));

/**
 * Weighs features by the label graph, [B, F] -> [B, F], or every cell of a map: two graph layers turn word vectors into
 * a K x F matrix, and feature f is multiplied by σ(maximum of column f). The paper weighs the feature map and then
 * pools it. Because the weights are positive and the same everywhere, weighing pooled features gives the same result
 * and is h·w times cheaper. The weights do not depend on the image: see `fold`.
 *
 * Keys: `A` and `inp` (frozen), `gc1.weight`, `gc2.weight`, or `gc1.W`, `gc1.a`, `gc2.W`, `gc2.a`.
 */
export class GcnReweighting extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagGraphReweighting';
  readonly layer: GraphLayer;
  readonly labelCount: number;
  readonly wordDimension: number;
  readonly hiddenWidth: number;
  readonly #labelGraph: GcnReweightingOptions['labelGraph'];
  #adjacency!: LayerVariable;
  #wordVectors!: LayerVariable;
  #layers: LayerVariable[][] = [];
  #folded?: { readonly weights: Tensor2D; readonly sources: readonly object[] };
  #calls = 0;

  constructor(options: GcnReweightingOptions) {
    super(options);
    this.layer = options.layer;
    this.labelCount = options.labelCount;
    this.wordDimension = options.wordDimension;
    this.hiddenWidth = options.hiddenWidth;
    this.#labelGraph = options.labelGraph;
  }

  /** Keys of the published head, without this layer's name. */
  override get parameters(): readonly Parameter[] {
    return super.parameters.map((parameter) => ({
      ...parameter,
      key: parameter.key.slice(this.name.length + 1),
    }));
  }

  override build(inputShape: Shape): void {
    const { labelCount, wordDimension, hiddenWidth } = this;
    const given = this.#labelGraph;
    this.#wordVectors = this.addParameter('inp', [labelCount, wordDimension], {
      initialiser: given ? () => given.wordVectors : constant(0),
      trainable: false,
    });
    this.#adjacency = this.addParameter('A', [labelCount, labelCount], {
      initialiser: given ? () => given.adjacency : identity,
      trainable: false,
    });
    const features = inputShape[inputShape.length - 1]!;
    this.#layers = [
      this.#addGraphLayer('gc1', wordDimension, hiddenWidth),
      this.#addGraphLayer('gc2', hiddenWidth, features),
    ];
    this.built = true;
  }

  #addGraphLayer(name: string, inputs: number, outputs: number): LayerVariable[] {
    if (this.layer === 'gcn') {
      return [
        this.addParameter(`${name}.weight`, [inputs, outputs], {
          initialiser: uniform(1 / Math.sqrt(outputs)),
        }),
      ];
    }
    return [
      this.addParameter(`${name}.W`, [inputs, outputs], {
        initialiser: xavierUniform(inputs, outputs, XAVIER_GAIN),
      }),
      this.addParameter(`${name}.a`, [2 * outputs, 1], {
        initialiser: xavierUniform(2 * outputs, 1, XAVIER_GAIN),
      }),
    ];
  }

  override call(inputs: Tensor | Tensor[], { training = false, step }: CallArguments): Tensor {
    const features = this.only(inputs);
    if (training) this.unfold();
    return tidy(() => mul(features, this.#current() ?? this.channelWeights({ training, step })));
  }

  /**
   * Weight of every feature, [1, F]. It depends on labels, not on images, so micro-batches of a batch share the dropout
   * mask.
   */
  channelWeights({ training = false, step }: CallArguments = {}): Tensor2D {
    return tidy(() => {
      const adjacency = normaliseAdjacency(this.#adjacency.read() as Tensor2D);
      const moment = training ? (step ?? this.#calls++) : 0;
      let x = this.#wordVectors.read() as Tensor2D;
      this.#layers.forEach((variables, index) => {
        const [weight, attention] = variables.map((variable) => variable.read() as Tensor2D);
        const dropout = training
          ? {
              rate: ATTENTION_DROPOUT,
              seed: dropoutSeed(this.seed, `${this.name}/${index}`, moment),
            }
          : undefined;
        const out = attention
          ? graphAttention(x, weight, attention, adjacency, { dropout })
          : graphConvolution(x, weight, adjacency);
        x = activate(out, 'leaky-relu', { slope: LEAKY_SLOPE }) as Tensor2D;
      });
      const [labels, features] = x.shape;
      return sigmoid(globalMaxPool(reshape(x, [1, labels, 1, features]) as Tensor4D));
    });
  }

  /**
   * Computes the weights once and keeps them, so that inference skips the graph. Call it when the model's weights are
   * final. Training and assigning new weights undo it.
   *
   * @returns the weights, [1, F]; owned by the layer
   */
  fold(): Tensor2D {
    this.unfold();
    const weights = keep(this.channelWeights());
    this.#folded = { weights, sources: this.#sources() };
    return weights;
  }

  unfold(): void {
    if (this.#folded) dispose(this.#folded.weights);
    this.#folded = undefined;
  }

  /** What holds the values of the parameters: a new object after each assignment. */
  #sources(): object[] {
    return this.parameters.map(({ variable }) => (variable.read() as Variable).dataId);
  }

  #current(): Tensor2D | undefined {
    if (!this.#folded) return undefined;
    const sources = this.#sources();
    if (this.#folded.sources.some((source, i) => source !== sources[i])) this.unfold();
    return this.#folded?.weights;
  }

  /** Writes the weight of every feature as a constant, because the graph does not depend on the image. */
  toOnnx(graph: OnnxGraph, [{ name, shape }]: readonly OnnxValue[]): string {
    const { values } = computedOnnxValues(() => this.channelWeights());
    const inCells = shape.length === 4 ? [1, 1] : [];
    return graph.node('Mul', [name, graph.weight(values, [1, values.length, ...inCells])]);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  override dispose(): ReturnType<ParametricLayer['dispose']> {
    this.unfold();
    return super.dispose();
  }

  override getConfig() {
    const { layer, labelCount, wordDimension, hiddenWidth } = this;
    return { ...super.getConfig(), layer, labelCount, wordDimension, hiddenWidth };
  }
}

serialization.registerClass(GcnReweighting);

function graphsIn(container: { readonly layers: layers.Layer[] }): GcnReweighting[] {
  return container.layers.flatMap((layer) => {
    if (layer instanceof GcnReweighting) return [layer];
    return 'layers' in layer ? graphsIn(layer as layers.Layer & { layers: layers.Layer[] }) : [];
  });
}

/**
 * Replaces the label graph of a model by its channel weights, which do not depend on the image. Inference is then as
 * fast as with a linear head. Training and assigning new weights undo it.
 *
 * @returns the channel weights, [1, F], owned by the head; undefined if the model has no graph head
 */
export function foldChannelWeights(model: LayersModel): Tensor2D | undefined {
  const [graph] = graphsIn(model);
  return graph?.fold();
}
