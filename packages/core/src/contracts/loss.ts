import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LabelVocabulary } from '../labels/label-vocabulary.js';
import type { OutputSpace } from './head.js';

/** What a training set knows of its labels. */
export interface LabelCounts {
  readonly labels: LabelVocabulary;
  /** [K] images that have the label. */
  readonly positives: ArrayLike<number>;
  /** [K] images that are known not to have it. */
  readonly negatives: ArrayLike<number>;
}

/**
 * A loss is a pure function from outputs and targets to one value per element. Reduction is the trainer's
 * choice (the authors sum over batch and labels).
 */
export interface Loss<Space extends OutputSpace = OutputSpace> {
  readonly name: string;
  /** The outputs it is defined on. A head of another space does not compose with it. */
  readonly space: Space;
  /**
   * @param outputs [B, K] raw outputs of the head, not yet scaled
   * @param targets [B, K]; 1 present, 0 absent, soft values between; elements < 0 are ignored
   * @param scale the head's scale
   * @returns [B, K], each element >= 0, ignored elements 0 and without gradient
   */
  elementwise(outputs: Tensor2D, targets: Tensor2D, scale: number): Tensor2D;
  /**
   * Of a loss that depends on the labels (weights by name, or by how frequent they are): the loss for those of a training
   * set. Whoever trains with it asks once, before the first step.
   */
  forLabels?(counts: LabelCounts): Loss<Space>;
}
