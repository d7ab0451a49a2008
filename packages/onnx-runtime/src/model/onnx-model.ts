import type { DataError, LabelVocabulary, NetworkInputs, Preprocessing } from '@polytag/core';
import {
  rowsOfImages,
  type DecodeOptions,
  type ImageSource,
  type RowsOfImagesOptions,
} from '@polytag/datasets/images';
import { aboveThreshold, assertNumbers, best, checkedThresholds, type LabelScore } from '@polytag/metrics';
import type { OnnxSession, OnnxTensor } from '../session/open-session.js';
import { misfit, type OnnxInfo, type OnnxPorts } from './model-info.js';
import { onnxImages, pixelImages, type OnnxInput } from './onnx-images.js';

/**
 * An exported model, run by onnxruntime. It predicts like the `MultiLabelModel` that it was exported from. Create one
 * with `loadOnnx`; free it with `close`.
 */
export class OnnxModel {
  readonly labels: LabelVocabulary;
  readonly preprocessing: Preprocessing;
  readonly input: OnnxInput;
  readonly session: OnnxSession;
  readonly #ports: OnnxPorts;
  #thresholds?: readonly number[];

  constructor(session: OnnxSession, ports: OnnxPorts, info: OnnxInfo) {
    this.session = session;
    this.#ports = ports;
    this.labels = info.labels;
    this.preprocessing = info.preprocessing;
    this.input = info.input;
    this.thresholds = info.thresholds;
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

  /**
   * Computes probabilities of resized and normalised images.
   *
   * @param images [B, H, W, 3]
   * @returns [B, K], row-major
   * @throws DivergenceError `model/not-a-number`, naming the labels; CheckpointError `checkpoint/onnx-fit` when the network
   *   gives another number of values
   */
  predictBatch(images: NetworkInputs): Promise<Float32Array> {
    return this.#probabilities(onnxImages(images, this.input, this.preprocessing.normalisation));
  }

  /**
   * Computes probabilities of images that are resized but not normalised.
   *
   * @param pixels [count, H, W, 3] RGB
   */
  predictPixels(pixels: Uint8Array, count: number): Promise<Float32Array> {
    return this.#probabilities(pixelImages(pixels, count, this.input, this.preprocessing));
  }

  /**
   * Predicts the labels of a photograph, best first: all labels whose score reaches their threshold, or is above 0.5 if
   * the model has no thresholds.
   *
   * @param image path of a file (in a page its URL), its bytes (JPEG, PNG or WebP), or decoded RGB pixels
   * @throws DataError if an image cannot be read
   */
  predict(image: ImageSource, options?: DecodeOptions): Promise<LabelScore[]>;
  /**
   * Predicts many photographs. With `onError: 'return'`, the error of an unreadable photograph takes its place in the
   * result.
   */
  predict(
    images: readonly ImageSource[],
    options: RowsOfImagesOptions & { readonly onError: 'return' },
  ): Promise<(LabelScore[] | DataError)[]>;
  predict(
    images: readonly ImageSource[],
    options?: RowsOfImagesOptions & { readonly onError?: 'throw' },
  ): Promise<LabelScore[][]>;
  async predict(
    input: ImageSource | readonly ImageSource[],
    options: RowsOfImagesOptions = {},
  ): Promise<LabelScore[] | (LabelScore[] | DataError)[]> {
    return this.#eachImage(input, options, (scores) => aboveThreshold(scores, this.labels, this.thresholds));
  }

  /** The k labels with the highest scores, best first, whatever the thresholds. Default 5. Otherwise like `predict`. */
  topK(image: ImageSource, k?: number, options?: DecodeOptions): Promise<LabelScore[]>;
  topK(
    images: readonly ImageSource[],
    k: number,
    options: RowsOfImagesOptions & { readonly onError: 'return' },
  ): Promise<(LabelScore[] | DataError)[]>;
  topK(
    images: readonly ImageSource[],
    k?: number,
    options?: RowsOfImagesOptions & { readonly onError?: 'throw' },
  ): Promise<LabelScore[][]>;
  async topK(
    input: ImageSource | readonly ImageSource[],
    k = 5,
    options: RowsOfImagesOptions = {},
  ): Promise<LabelScore[] | (LabelScore[] | DataError)[]> {
    return this.#eachImage(input, options, (scores) => best(scores, this.labels, k));
  }

  /** Frees the network. */
  close(): Promise<void> {
    return this.session.close();
  }

  async #eachImage(
    input: ImageSource | readonly ImageSource[],
    options: RowsOfImagesOptions,
    labelled: (scores: Float32Array) => LabelScore[],
  ): Promise<LabelScore[] | (LabelScore[] | DataError)[]> {
    const images = isList(input) ? input : [input];
    const rows = await rowsOfImages(images, this.preprocessing, options, async (pixels, count) => {
      const scores = await this.predictPixels(pixels, count);
      const { size } = this.labels;
      return Array.from({ length: count }, (_, i) => labelled(scores.subarray(i * size, (i + 1) * size)));
    });
    return isList(input) ? rows : (rows[0] as LabelScore[]);
  }

  async #probabilities(images: OnnxTensor): Promise<Float32Array> {
    const [batch] = images.shape;
    // Few operators take no images.
    if (batch === 0) return new Float32Array(0);
    const found = await this.session.run({ [this.#ports.images]: images });
    const { data, shape } = found[this.#ports.probabilities];
    const scores = data as Float32Array;
    // The file may leave its sizes open.
    if (shape.length !== 2 || shape[0] !== batch || shape[1] !== this.labels.size)
      throw misfit(
        this.#ports.source,
        `there are ${this.labels.size} labels, but for ${batch} images the network outputs [${shape.join(', ')}]`,
      );
    assertNumbers(scores, this.labels);
    return scores;
  }
}

const isList = (input: ImageSource | readonly ImageSource[]): input is readonly ImageSource[] =>
  Array.isArray(input);
