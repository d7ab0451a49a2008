import { mean, tidy, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type {
  AppliedHead,
  Backbone,
  CheckpointError,
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
  forward,
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
import type { KnownTraining, TrainedImages } from './folder/trained-images.js';
import { checkedHeatMaps } from './build/checked-heat-maps.js';
import type { ViewsConfig } from './config/model-config.js';
import { ownTitle } from './config/own-part.js';
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
  /** Scale of the head for these labels. */
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
 * A multi-label classifier: backbone, head, preprocessing, labels and thresholds. Shapes: B images, H x W pixels, K
 * labels. Create one with `buildModel` or `loadModel`; free it with `dispose`.
 */
export class MultiLabelModel implements KnownTraining {
  /** [B, H, W, 3] normalised RGB -> [B, K] raw outputs: an ordinary tfjs model. */
  readonly network: LayersModel;
  /** First part of the network, with the same layers: [B, H, W, 3] -> feature map [B, h, w, C]. */
  readonly features: LayersModel;
  /**
   * First part of the network, up to the inputs of the head. This is what is cached: `features`, or for a head with
   * class token [B, h + 1, w, C], with the token in an extra row above the map.
   */
  readonly headInputs: LayersModel;
  /** The rest of the network, with the same layers: outputs of `headInputs` -> [B, K]. */
  readonly headNetwork: Network;
  /** Probability = sigmoid(scale · output), if the model is not calibrated. */
  readonly scale: number;
  /** How a parameter of the head, given by its key, depends on the order of labels; see `AppliedHead`. */
  readonly byLabel: AppliedHead['byLabel'];
  /** Whether the head uses only the mean of the feature map, so that a map of one cell is enough. */
  readonly readsMean: boolean;
  readonly labels: LabelVocabulary;
  readonly preprocessing: Preprocessing;
  /** Label graph of the head, saved with the model. */
  readonly labelGraph?: LabelGraph;
  /** Views of each image that the backbone sees, if more than one. */
  readonly views?: ViewsConfig;
  /** The parts with their resolved options, as saved. */
  readonly parts: { readonly backbone: ResolvedPart<'backbone'>; readonly head: ResolvedPart<'head'> };
  /** Your own backbone and head, for errors, e.g. `head "mean" of /home/ada/mean.js`; undefined if both are built in. */
  readonly ownParts: string | undefined;
  /** All weights and buffers in layer order. Assigning new values keeps the variables. */
  readonly parameters: readonly Parameter[];
  /** The images that the model was trained on, by content, if known. Saved with the model. */
  trainedOn?: TrainedImages;
  /** Why the list of training images in the model folder cannot be read, if it is damaged. */
  trainedOnError?: CheckpointError;
  /**
   * Whether the thresholds are for the mean of the scores of an image and its mirror image. Saved with the thresholds.
   * Set it again when you set thresholds.
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
    this.ownParts = ownTitle(this);
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

  /** Whether a parameter belongs to the backbone; all others belong to the head. */
  isBackboneKey(key: string): boolean {
    return this.#backboneKeys.has(key);
  }

  /**
   * The head's heat maps, computed from `features.outputs`; undefined if the head has none.
   *
   * @throws PartError `part/shape` if your own head returns another shape than [B, h, w, K]; `part/contract`,
   * `part/threw`
   */
  get heatMaps(): HeadHeatMaps | undefined {
    if (this.#makeHeatMaps) this.#heatMaps ??= checkedHeatMaps(this.parts.head, this, this.#makeHeatMaps);
    return this.#heatMaps;
  }

  /** K probabilities in vocabulary order. A label is predicted if its score reaches its threshold. */
  get thresholds(): readonly number[] | undefined {
    return this.#thresholds;
  }

  /**
   * @throws UsageError `usage/thresholds` unless there is one number in [0, 1] per label
   */
  set thresholds(thresholds: ArrayLike<number> | undefined) {
    this.#thresholds = thresholds && checkedThresholds(thresholds, this.labels.size);
  }

  /** Calibration of the probabilities; undefined in a newly trained model. */
  get calibration(): Calibration | undefined {
    return this.#calibration;
  }

  /**
   * Setting a calibration does not change thresholds; {@link recalibratedThreshold} of @polytag/metrics converts them
   * so that decisions stay the same.
   *
   * @throws UsageError `usage/calibration` unless it has one pair per label
   */
  set calibration(calibration: Calibration | undefined) {
    if (calibration) assertCalibration(calibration, this.labels.size);
    this.#calibration = calibration;
  }

  /**
   * Computes raw outputs of resized and normalised images. Dispose the result. For gradients use `network`: folded
   * constants have none.
   *
   * @param images [B, H, W, 3]
   * @returns [B, K] logits or cosines
   */
  predictBatch(images: Tensor4D): Tensor2D {
    if (this.#inference && !this.#inference.current) this.#unfold();
    const inference = this.#inference;
    if (inference) return inference.apply(images)[0] as Tensor2D;
    return tidy(() => forward(this.network, images, { training: false }) as Tensor2D);
  }

  /**
   * Computes feature vectors of resized and normalised images: the backbone's feature map averaged over its cells,
   * whatever the head. Dispose the result.
   *
   * @param images [B, H, W, 3]
   * @returns [B, C], where C is the number of channels of the feature map
   */
  embedBatch(images: Tensor4D): Tensor2D {
    return tidy(() => mean<Tensor2D>(this.#featureMapOf(images), [1, 2]));
  }

  /** What the head reads: the feature map, and perhaps a row above it. */
  #headInputsOf(images: Tensor4D): Tensor4D {
    if (this.headInputs === this.features) return this.#featureMapOf(images);
    return forward(this.headInputs, images, { training: false }) as Tensor4D;
  }

  /** [B, h, w, C] */
  #featureMapOf(images: Tensor4D): Tensor4D {
    if (this.#inference && !this.#inference.current) this.#unfold();
    if (this.#inference) this.#featureInference ??= new InferenceNetwork(this.features);
    return (
      this.#featureInference
        ? this.#featureInference.apply(images)[0]
        : forward(this.features, images, { training: false })
    ) as Tensor4D;
  }

  /**
   * Converts raw outputs to probabilities, row-major, in float64: sigmoid(scale · output), calibrated if the model is.
   *
   * @param mirrored raw outputs of the mirror images; the result is then the mean of both probabilities
   * @throws DivergenceError `model/not-a-number`, naming the labels; PartError `part/not-finite` if the model has parts of
   * your own
   */
  scores(outputs: ArrayLike<number>, mirrored?: ArrayLike<number>): Float64Array {
    const scores = scoresFromOutputs(outputs, this.scale, this.calibration, mirrored);
    assertNumbers(scores, this.labels, this.ownParts);
    return scores;
  }

  /**
   * Predicts the labels of a photograph, best first: all labels whose score reaches their threshold, or is above 0.5 if
   * the model has no thresholds.
   *
   * @param image path of a file, its bytes (JPEG, PNG or WebP), or a tensor [height, width, 3] of RGB values 0–255
   * @throws DataError if an image cannot be read
   * @example
   * await model.predict('photo.jpg'); // [{ label: 'dog', score: 0.93 }, …]
   * await model.predict(['1.jpg', '2.jpg'], { onError: 'return' }); // one list, or one DataError, per photograph
   */
  predict(image: ImageInput, options?: DecodeOptions): Promise<LabelScore[]>;
  /**
   * Predicts many photographs. With `onError: 'return'`, the error of an unreadable photograph takes its place in the
   * result.
   */
  predict(
    images: readonly ImageInput[],
    options: PredictOptions & { readonly onError: 'return' },
  ): Promise<(LabelScore[] | DataError)[]>;
  /** Predicts many photographs, or a tensor [B, height, width, 3]. */
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

  /** The k labels with the highest scores, best first, whatever the thresholds. Default 5. Otherwise like `predict`. */
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
   * Feature vector of a photograph, C values, as {@link embedBatch}. The cosine of two vectors is high for similar
   * photographs. Otherwise like `predict`.
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
   * Explains predictions: a heat map for each label shows where in the photograph it was found
   * (docs/method.md#heat-maps). Uses the cells' contributions if the head provides them, attention for ML-Decoder, and
   * gradients for other heads.
   *
   * @param image as for `predict`
   * @param options.labels labels to explain, predicted or not; default: the labels that `predict` returns, best first
   * @throws UsageError `usage/unknown-label`; DataError if an image cannot be read
   */
  explain(image: ImageInput, options?: ExplainOptions): Promise<HeatMap[]>;
  /**
   * Explains many photographs. With `onError: 'return'`, the error of an unreadable photograph takes its place in the
   * result.
   */
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
   * Precomputes everything that does not depend on the image: the channel weights of the graph head, which make it as
   * fast as a linear head, and batch norm, which is folded into copies of the weights for `predict` and `predictBatch`.
   * `loadModel` does this; call it again after you assign weights. Training undoes it. `network` is unchanged.
   */
  foldConstants(): void {
    foldChannelWeights(this.network);
    this.#unfold();
    this.#inference = new InferenceNetwork(this.network);
  }

  /** Name of a layer whose folded weights hold NaN or infinity, if there is one. Call `foldConstants` first. */
  notFinite(): string | undefined {
    return this.#inference?.notFinite();
  }

  /** Parameters and multiply-adds of the network at its image size, per part and in total. */
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
