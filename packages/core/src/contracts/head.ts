import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LabelVocabulary } from '../labels/label-vocabulary.js';
import type { Backbone } from './backbone.js';

/** Meaning of a head's outputs: `logits` go through a sigmoid; `cosines` are in [−1, 1] (plus a bias). */
export type OutputSpace = 'logits' | 'cosines';

/** A C x D matrix, row-major, with rows in the order of the label vocabulary. */
export interface LabelMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** Data about the labels that the graph head needs (docs/method.md#gcn). */
export interface LabelGraph {
  /** M[i,j]: number of images with both i and j, divided by the number with i. K x K, diagonal 0. */
  readonly cooccurrence: LabelMatrix;
  /** Word vectors or one-hot rows, one row per label. K x D. */
  readonly wordVectors: LabelMatrix;
}

export interface HeadContext {
  readonly labels: LabelVocabulary;
  /** Seed for initial weights and dropout. */
  readonly seed: number;
  /** The backbone below the head: its number of channels and its published classifier layers. */
  readonly backbone: Pick<Backbone, 'featureChannels' | 'penultimate' | 'classifier'>;
  /** [B, C]: one vector for the whole image. Present only for heads with `needsClassToken`. */
  readonly classToken?: SymbolicTensor;
  /** Present if the label graph was configured; heads that need it throw if it is missing. */
  readonly labelGraph?: LabelGraph;
}

/** A parameter as stored in a weights file: PyTorch axis order, row-major. */
export interface StoredParameterValues {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Reorders a parameter to another order of labels.
 *
 * @param order for every label of the model, its index in the file; −1 for a label that the file does not have
 * @returns values in that order, 0 for labels that the file does not have; undefined if the parameter cannot have this order
 */
export type LabelReordering = (
  stored: StoredParameterValues,
  order: readonly number[],
) => Float32Array | undefined;

/**
 * Meaning of heat-map values. `contributions`: what each cell adds to the label's output; their mean over the cells is
 * the output, except for a constant per label. `attention`: the attention on each cell; non-negative, with sum 1 over
 * the cells.
 */
export type HeatMapKind = 'contributions' | 'attention';

/** Heat maps of a head: one value per label and cell of the feature map (docs/method.md#heat-maps). */
export interface HeadHeatMaps {
  readonly kind: HeatMapKind;
  /** [B, h, w, K], computed from the feature map by layers. Layers of the outputs may be applied again. */
  readonly maps: SymbolicTensor;
}

/** The layers of a head for the labels of one model. */
export interface AppliedHead {
  /** [B, K], one number per label of the context. */
  readonly outputs: SymbolicTensor;
  /**
   * Factor that converts outputs to logits: probability = sigmoid(scale · output). 1 for logits. It is saved with the
   * model, and used by loss, metrics and prediction alike.
   */
  readonly scale: number;
  /**
   * How a parameter, given by its key, depends on the order of labels; undefined if it does not. It is used to load
   * weights whose classes are in another order. Without it, weights load only in the model's own order.
   */
  readonly byLabel?: (key: string) => LabelReordering | undefined;
  /**
   * Builds layers that compute one heat map per label. Called once, when heat maps are requested; the layers have no
   * weights of their own. Without it, gradients are used.
   */
  readonly heatMaps?: () => HeadHeatMaps;
  /**
   * Whether the head uses only the mean of the feature map over its cells. Cached features are then stored as one cell.
   * Default false.
   */
  readonly readsMean?: boolean;
}

/**
 * Converts a feature map to one number per label. A head holds options but no state, so it can be applied for many
 * models.
 */
export interface Head<Space extends OutputSpace = OutputSpace> {
  readonly name: string;
  readonly space: Space;
  /** Whether the head uses the class token, and so needs a backbone that has one. Default false. */
  readonly needsClassToken?: boolean;
  /**
   * Builds the layers for one model. The result depends only on the arguments, not on earlier calls. A head of logits
   * may return just its outputs; their scale is then 1. To call it from other code, use `applyHead`.
   *
   * @param featureMap [B, h, w, C]
   */
  apply(featureMap: SymbolicTensor, context: HeadContext): AppliedHead | SymbolicTensor;
}
