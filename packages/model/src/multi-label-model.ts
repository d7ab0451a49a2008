import { mean, tidy, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type {
  AppliedHead,
  Backbone,
  DataError,
  Head,
  HeadHeatMaps,
  LabelGraph,
  LabelVocabulary,
  OutputSpace,
  Preprocessing,
} from '@polytag/core';
import type { DecodeOptions } from '@polytag/datasets';
import { foldChannelWeights } from '@polytag/heads';
import {
  NetworkPart,
  parametersOf,
  releaseBeside,
  summariseNetwork,
  InferenceNetwork,
  type Network,
  type NetworkSummary,
  type Parameter,
} from '@polytag/layers';
import {
  aboveThreshold,
  assertCalibration,
  assertNumbers,
  best,
  checkedThresholds,
  scoresFromOutputs,
  type Calibration,
  type LabelScore,
} from '@polytag/metrics';
import type { TrainedImages } from './folder/trained-images.js';
import { checkedHeatMaps } from './build/checked-heat-maps.js';
import type { ViewsConfig } from './config/model-config.js';
import type { ResolvedPart } from './config/resolved-part.js';
import { explainBatch, gradientMaps, headMaps } from './explanation/explain-batch.js';
import { placeOf, type ExplainOptions } from './explanation/explain-options.js';
import type { HeatMap } from './explanation/heat-map.js';
import { eachImage, rowsOf } from './prediction/each-image.js';
import type { ImageInput, PredictOptions } from './prediction/images-tensor.js';

export interface MultiLabelModelParts {
  readonly network: LayersModel;
  readonly features: LayersModel;
  /** Default: `features`. */
  readonly headInputs?: LayersModel;
  readonly backbone: ResolvedPart<'backbone'>;
  readonly head: ResolvedPart<'head'>;
  /** What the head gave for these labels. */
  readonly scale: AppliedHead['scale'];
  readonly byLabel?: AppliedHead['byLabel'];
  readonly heatMaps?: AppliedHead['heatMaps'];
  readonly readsMean?: AppliedHead['readsMean'];
  readonly labels: LabelVocabulary;
  readonly preprocessing: Preprocessing;
  readonly labelGraph?: LabelGraph;
  readonly views?: ViewsConfig;
  readonly thresholds?: readonly number[];
}

/**
 * Backbone, head, preprocessing, labels and thresholds: everything between a photograph and its labels.
 * Shapes: B images, H x W pixels, K labels. Make one with `buildModel` or `loadModel`; free it with `dispose`.
 */
export class MultiLabelModel {
  /** [B, H, W, 3] normalised RGB -> [B, K] raw outputs: an ordinary tfjs model. */
  readonly network: LayersModel;
  /** Its first part, with the same layers: [B, H, W, 3] -> feature map [B, h, w, C]. */
  readonly features: LayersModel;
  /**
   * Its first part up to what the head reads, which is what is cached: `features`, or for a head that reads the class token
   * too [B, h + 1, w, C] with the token in a row of its own above the map.
   */
  readonly headInputs: LayersModel;
  /** The rest of it, with the same layers: what `headInputs` gives -> [B, K]. */
  readonly headNetwork: Network;
  /** Probability = sigmoid(scale · output), where the model is not calibrated. */
  readonly scale: number;
  /** How a parameter of the head, by its key, follows the order of the labels; see `AppliedHead`. */
  readonly byLabel: AppliedHead['byLabel'];
  /** Whether the head reads nothing of the feature map but its mean: a map of one cell serves it. */
  readonly readsMean: boolean;
  readonly labels: LabelVocabulary;
  readonly preprocessing: Preprocessing;
  /** What the graph head was built with; saved with the model. */
  readonly labelGraph?: LabelGraph;
  /** How often the backbone sees each image, where that is not once. */
  readonly views?: ViewsConfig;
  /** The parts with their resolved options, as they are saved. */
  readonly parts: { readonly backbone: ResolvedPart<'backbone'>; readonly head: ResolvedPart<'head'> };
  /** All weights and buffers, in layer order. Variables stay the same when their values are assigned. */
  readonly parameters: readonly Parameter[];
  /** The images that it learned from, by their content; where they are known. Saved with the model. */
  trainedOn?: TrainedImages;
  /**
   * Whether the thresholds were chosen for means of an image and its mirror image, and are right for these alone. Saved with
   * the thresholds; who sets others says it anew.
   */
  thresholdsFlip = false;
  readonly #backboneKeys: ReadonlySet<string>;
  readonly #makeHeatMaps: AppliedHead['heatMaps'];
  #heatMaps?: HeadHeatMaps;
  #thresholds?: readonly number[];
  #calibration?: Calibration;
  #inference?: InferenceNetwork;
  #featureInference?: InferenceNetwork;

  constructor(parts: MultiLabelModelParts) {
    this.network = parts.network;
    this.features = parts.features;
    this.headInputs = parts.headInputs ?? parts.features;
    this.headNetwork = new NetworkPart({ inputs: this.headInputs.outputs, outputs: parts.network.outputs });
    this.scale = parts.scale;
    this.byLabel = parts.byLabel;
    this.readsMean = parts.readsMean ?? false;
    this.#makeHeatMaps = parts.heatMaps;
    this.labels = parts.labels;
    this.preprocessing = parts.preprocessing;
    this.labelGraph = parts.labelGraph;
    this.views = parts.views;
    this.parts = { backbone: parts.backbone, head: parts.head };
    this.parameters = parametersOf(parts.network);
    this.#backboneKeys = new Set(parametersOf(parts.features).map(({ key }) => key));
    this.thresholds = parts.thresholds;
  }

  get backbone(): Backbone {
    return this.parts.backbone.part;
  }

  get head(): Head {
    return this.parts.head.part;
  }

  get outputSpace(): OutputSpace {
    return this.head.space;
  }

  /** Whether a parameter belongs to the backbone; the others are the head's. */
  isBackboneKey(key: string): boolean {
    return this.#backboneKeys.has(key);
  }

  /**
   * What the head gives as heat maps, made of `features.outputs`; undefined where it gives none.
   *
   * @throws PartError `part/shape` when an own head gives another shape than [B, h, w, K]; `part/contract`, `part/threw`
   */
  get heatMaps(): HeadHeatMaps | undefined {
    if (this.#makeHeatMaps) this.#heatMaps ??= checkedHeatMaps(this.parts.head, this, this.#makeHeatMaps);
    return this.#heatMaps;
  }

  /** K probabilities in vocabulary order; a label whose score reaches its threshold is predicted. */
  get thresholds(): readonly number[] | undefined {
    return this.#thresholds;
  }

  /** @throws UsageError `usage/thresholds` unless there is one in [0, 1] for every label */
  set thresholds(thresholds: ArrayLike<number> | undefined) {
    this.#thresholds = thresholds && checkedThresholds(thresholds, this.labels.size);
  }

  /** What makes probabilities of outputs beyond the head's scale; none in a model as it was trained. */
  get calibration(): Calibration | undefined {
    return this.#calibration;
  }

  /**
   * Thresholds stay as they are: {@link recalibratedThreshold} of @polytag/metrics makes those that decide as before.
   *
   * @throws UsageError `usage/calibration` unless it has a pair for every label
   */
  set calibration(calibration: Calibration | undefined) {
    if (calibration) assertCalibration(calibration, this.labels.size);
    this.#calibration = calibration;
  }

  /**
   * Raw outputs of images that are already resized and normalised; the caller disposes them. For gradients use
   * `network`: folded constants have none.
   *
   * @param images [B, H, W, 3]
   * @returns [B, K] logits or cosines
   */
  predictBatch(images: Tensor4D): Tensor2D {
    if (this.#inference && !this.#inference.current) this.#unfold();
    const inference = this.#inference;
    if (inference) return inference.apply(images)[0] as Tensor2D;
    return tidy(() => this.network.apply(images, { training: false }) as Tensor2D);
  }

  /**
   * Feature vectors of images that are already resized and normalised: the backbone's feature map averaged over its cells,
   * whatever the head. The caller disposes them.
   *
   * @param images [B, H, W, 3]
   * @returns [B, C], C the channels of the feature map
   */
  embedBatch(images: Tensor4D): Tensor2D {
    return tidy(() => mean<Tensor2D>(this.#featureMapOf(images), [1, 2]));
  }

  /** What the head reads: the feature map, and perhaps a row above it. */
  #headInputsOf(images: Tensor4D): Tensor4D {
    if (this.headInputs === this.features) return this.#featureMapOf(images);
    return this.headInputs.apply(images, { training: false }) as Tensor4D;
  }

  /** [B, h, w, C] */
  #featureMapOf(images: Tensor4D): Tensor4D {
    if (this.#inference && !this.#inference.current) this.#unfold();
    if (this.#inference) this.#featureInference ??= new InferenceNetwork(this.features);
    return (
      this.#featureInference
        ? this.#featureInference.apply(images)[0]
        : this.features.apply(images, { training: false })
    ) as Tensor4D;
  }

  /**
   * Probabilities of raw outputs, row-major, in float64: sigmoid(scale · output), calibrated where the model is.
   *
   * @param mirrored raw outputs of the mirror images: the mean of both probabilities counts then
   * @throws DivergenceError `model/not-a-number`, naming the labels
   */
  scores(outputs: ArrayLike<number>, mirrored?: ArrayLike<number>): Float64Array {
    const scores = scoresFromOutputs(outputs, this.scale, this.calibration, mirrored);
    assertNumbers(scores, this.labels);
    return scores;
  }

  /**
   * The labels of a photograph, best first: those whose score reaches their threshold, or is above 0.5 where the
   * model has no thresholds.
   *
   * @param image path of a file, its bytes (JPEG, PNG or WebP), or a tensor [height, width, 3] of RGB values 0–255
   * @throws DataError when an image cannot be read
   */
  predict(image: ImageInput, options?: DecodeOptions): Promise<LabelScore[]>;
  /** The same for many photographs; with `onError: 'return'` one that cannot be read does not stop the others. */
  predict(
    images: readonly ImageInput[],
    options: PredictOptions & { readonly onError: 'return' },
  ): Promise<(LabelScore[] | DataError)[]>;
  /** The same for many photographs, or for a tensor [B, height, width, 3]. */
  predict(
    images: readonly ImageInput[] | Tensor4D,
    options?: PredictOptions & { readonly onError?: 'throw' },
  ): Promise<LabelScore[][]>;
  async predict(
    input: ImageInput | readonly ImageInput[] | Tensor4D,
    options: PredictOptions = {},
  ): Promise<LabelScore[] | (LabelScore[] | DataError)[]> {
    return eachImage(input, this.preprocessing, options, async (batch) => {
      const rows = await this.#scoresOf(batch);
      return rows.map((scores) => aboveThreshold(scores, this.labels, this.thresholds));
    });
  }

  /** The k labels with the highest scores, best first, whatever the thresholds. Default 5. Otherwise as `predict`. */
  topK(image: ImageInput, k?: number, options?: DecodeOptions): Promise<LabelScore[]>;
  topK(
    images: readonly ImageInput[],
    k: number,
    options: PredictOptions & { readonly onError: 'return' },
  ): Promise<(LabelScore[] | DataError)[]>;
  topK(
    images: readonly ImageInput[] | Tensor4D,
    k?: number,
    options?: PredictOptions & { readonly onError?: 'throw' },
  ): Promise<LabelScore[][]>;
  async topK(
    input: ImageInput | readonly ImageInput[] | Tensor4D,
    k = 5,
    options: PredictOptions = {},
  ): Promise<LabelScore[] | (LabelScore[] | DataError)[]> {
    return eachImage(input, this.preprocessing, options, async (batch) => {
      const rows = await this.#scoresOf(batch);
      return rows.map((scores) => best(scores, this.labels, k));
    });
  }

  /**
   * The feature vector of a photograph, C values: what {@link embedBatch} gives of it. Photographs that look alike have
   * vectors of a high cosine. Otherwise as `predict`.
   */
  embed(image: ImageInput, options?: DecodeOptions): Promise<Float32Array>;
  embed(
    images: readonly ImageInput[],
    options: PredictOptions & { readonly onError: 'return' },
  ): Promise<(Float32Array | DataError)[]>;
  embed(
    images: readonly ImageInput[] | Tensor4D,
    options?: PredictOptions & { readonly onError?: 'throw' },
  ): Promise<Float32Array[]>;
  async embed(
    input: ImageInput | readonly ImageInput[] | Tensor4D,
    options: PredictOptions = {},
  ): Promise<Float32Array | (Float32Array | DataError)[]> {
    return eachImage(input, this.preprocessing, options, (batch) => rowsOf(this.embedBatch(batch)));
  }

  /**
   * Where in a photograph its labels were seen: a heat map of each label (docs/method.md#heat-maps). Exact for the heads
   * that say what each cell adds to an output, the attention of ML-Decoder, and by gradients for others.
   *
   * @param image as for `predict`
   * @param options.labels labels to explain, whether they are predicted or not; default: those that `predict` gives, best first
   * @throws UsageError `usage/unknown-label`; DataError when an image cannot be read
   */
  explain(image: ImageInput, options?: ExplainOptions): Promise<HeatMap[]>;
  /** The same for many photographs; with `onError: 'return'` one that cannot be read does not stop the others. */
  explain(
    images: readonly ImageInput[],
    options: ExplainOptions & { readonly onError: 'return' },
  ): Promise<(HeatMap[] | DataError)[]>;
  explain(
    images: readonly ImageInput[] | Tensor4D,
    options?: ExplainOptions & { readonly onError?: 'throw' },
  ): Promise<HeatMap[][]>;
  async explain(
    input: ImageInput | readonly ImageInput[] | Tensor4D,
    { labels, ...options }: ExplainOptions = {},
  ): Promise<HeatMap[] | (HeatMap[] | DataError)[]> {
    const given = labels?.map((label) => placeOf(label, this.labels));
    const { heatMaps } = this;
    const mapsOf = heatMaps
      ? headMaps(new NetworkPart({ inputs: this.headInputs.outputs, outputs: [heatMaps.maps] }))
      : gradientMaps(this.headNetwork, this.features.outputs[0].shape[1]);
    const { resize, height, width } = this.preprocessing;
    const crop = resize && { height, width, shortSide: resize.shortSide };
    return eachImage(input, this.preprocessing, options, async (batch) => {
      const headInputs = tidy(() => this.#headInputsOf(batch));
      try {
        const outputs = await rowsOf(this.headNetwork.apply(headInputs, { training: false }) as Tensor2D);
        const scores = outputs.map((row) => this.scores(row));
        const wanted = scores.map(
          (row) =>
            given ??
            aboveThreshold(row, this.labels, this.thresholds).map(({ label }) => this.labels.indexOf(label)!),
        );
        const kind = heatMaps?.kind ?? 'gradients';
        const { names } = this.labels;
        return await explainBatch(headInputs, { names, scores, wanted, kind, crop, mapsOf });
      } finally {
        headInputs.dispose();
      }
    });
  }

  /**
   * Computes once what does not depend on the image: the graph head's channel weights, which makes it as fast as a
   * linear head, and the batch norms, which go into copies of the weights before them that `predict` and
   * `predictBatch` then use. `loadModel` does it; do it after weights were assigned in another way. Training undoes
   * it. `network` stays as it is.
   */
  foldConstants(): void {
    foldChannelWeights(this.network);
    this.#unfold();
    this.#inference = new InferenceNetwork(this.network);
  }

  /** Name of a layer whose folded weights hold NaN or infinity, where there is one. Fold the constants first. */
  notFinite(): string | undefined {
    return this.#inference?.notFinite();
  }

  /** Parameters and multiply-adds of the network at its image size, by part and in all. */
  summarise(): NetworkSummary {
    return summariseNetwork(this.network);
  }

  /** Frees the weights. */
  dispose(): void {
    this.#unfold();
    const { inputs } = this.network;
    if (this.#heatMaps) releaseBeside(this.network, { inputs, outputs: [this.#heatMaps.maps] });
    this.network.dispose();
  }

  #unfold(): void {
    this.#inference?.dispose();
    this.#inference = undefined;
    this.#featureInference?.dispose();
    this.#featureInference = undefined;
  }

  /** Probabilities, a row an image. */
  async #scoresOf(batch: Tensor4D): Promise<Float64Array[]> {
    const outputs = await rowsOf(this.predictBatch(batch));
    return outputs.map((row) => this.scores(row));
  }
}
