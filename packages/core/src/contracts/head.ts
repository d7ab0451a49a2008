import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LabelVocabulary } from '../labels/label-vocabulary.js';
import type { Backbone } from './backbone.js';

/** What the numbers of a head are: `logits` go through a sigmoid; `cosines` are in [−1, 1] (plus a bias). */
export type OutputSpace = 'logits' | 'cosines';

/** A C x D matrix, row-major, rows in vocabulary order. */
export interface LabelMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** What is known about the labels themselves; the graph head needs it (docs/method.md#gcn). */
export interface LabelGraph {
  /** M[i,j]: images with both i and j over occurrences of i. K x K, diagonal 0. */
  readonly cooccurrence: LabelMatrix;
  /** One row a label: word vectors, or one-hot rows. K x D. */
  readonly wordVectors: LabelMatrix;
}

export interface HeadContext {
  readonly labels: LabelVocabulary;
  /** Seeds initial weights and dropout. */
  readonly seed: number;
  /** The backbone below: its width, its published classifier layers. */
  readonly backbone: Pick<Backbone, 'featureChannels' | 'penultimate' | 'classifier'>;
  /** [B, C]: one vector for the whole image. Present for heads that say `needsClassToken`, and for no others. */
  readonly classToken?: SymbolicTensor;
  /** Present when the data set was measured; heads that need it say so when it is missing. */
  readonly labelGraph?: LabelGraph;
}

/** A parameter as a file of weights holds it: PyTorch order, row-major. */
export interface StoredParameterValues {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Puts a parameter into another order of the labels.
 *
 * @param order for every label of the model, its place among the labels of the file
 * @returns values of the same shape; undefined when the parameter cannot have that order
 */
export type LabelReordering = (
  stored: StoredParameterValues,
  order: readonly number[],
) => Float32Array | undefined;

/**
 * What the values of heat maps are. `contributions`: what each cell adds to the label's output, whose mean over the cells
 * is the output itself, but for a constant of the label. `attention`: how much is looked at each cell; not negative, with
 * the sum 1 over the cells.
 */
export type HeatMapKind = 'contributions' | 'attention';

/** Why a head gives its outputs: for each label a number in each cell of the feature map (docs/method.md#heat-maps). */
export interface HeadHeatMaps {
  readonly kind: HeatMapKind;
  /** [B, h, w, K], made of the feature map by layers; those of the outputs may take part in it once more. */
  readonly maps: SymbolicTensor;
}

/** What a head makes for the labels of one model. */
export interface AppliedHead {
  /** [B, K], one number per label of the context. */
  readonly outputs: SymbolicTensor;
  /**
   * What turns outputs into logits: probability = sigmoid(scale · output). 1 for logits. It is part of the
   * output contract: saved with the model, used by loss, metrics and prediction alike.
   */
  readonly scale: number;
  /**
   * How a parameter, by its key, follows the order of the labels; undefined for one that does not depend on them. Files
   * of weights whose classes are in another order are read by it. A head without it takes whole weights in its own order
   * only.
   */
  readonly byLabel?: (key: string) => LabelReordering | undefined;
  /**
   * Makes the layers that give a heat map for each label. Called once, when maps are asked for; they have no weights of
   * their own. A head without it is explained by gradients.
   */
  readonly heatMaps?: () => HeadHeatMaps;
  /**
   * Whether it reads nothing of the feature map but the mean over its cells, so that a map of one cell with that mean gives the
   * same: then memory holds no more of cached features. Default false.
   */
  readonly readsMean?: boolean;
}

/** Feature map to one number per label. A head is its options and holds no state: it can be applied for many models. */
export interface Head<Space extends OutputSpace = OutputSpace> {
  readonly name: string;
  readonly space: Space;
  /** Reads the class token beside the feature map: it fits backbones that have one. Default false. */
  readonly needsClassToken?: boolean;
  /**
   * Makes the layers for one model. What it gives depends on its arguments alone, not on earlier calls. A head of logits
   * may give its outputs alone: their scale is 1. Ask a head with `applyHead`.
   *
   * @param featureMap [B, h, w, C]
   */
  apply(featureMap: SymbolicTensor, context: HeadContext): AppliedHead | SymbolicTensor;
}
