import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
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

/** What every loss has. It is a pure function from outputs and targets. */
interface AnyLoss<Space extends OutputSpace, Same> {
  readonly name: string;
  /** The outputs it is defined on. A head of another space does not compose with it. */
  readonly space: Space;
  /**
   * Of a loss that depends on the labels (weights by name, or by how frequent they are): the loss for those of a training
   * set. Whoever trains with it asks once, before the first step.
   */
  forLabels?(counts: LabelCounts): Same;
  /**
   * Of a loss that changes while a run goes on: the loss of an epoch, counted from 0. Whoever trains with it asks for each
   * step; a run that is resumed asks for the epoch it is in.
   */
  forEpoch?(epoch: number): Same;
}

/**
 * One value per element. Reduction is the trainer's choice (the authors sum over batch and labels), so images can be
 * divided between micro-batches and replicas without changing the loss.
 */
export interface ElementwiseLoss<Space extends OutputSpace = OutputSpace> extends AnyLoss<
  Space,
  ElementwiseLoss<Space>
> {
  /** Default: `elementwise`. */
  readonly kind?: 'elementwise';
  /**
   * @param outputs [B, K] raw outputs of the head, not yet scaled
   * @param targets [B, K]; 1 present, 0 absent, soft values between; elements < 0 are ignored
   * @param scale the head's scale
   * @returns [B, K], each element >= 0, ignored elements 0 and without gradient
   */
  elementwise(outputs: Tensor2D, targets: Tensor2D, scale: number): Tensor2D;
}

/** One value per batch, because images are compared with each other. The trainer's reduction has no part in it. */
export interface BatchwiseLoss<Space extends OutputSpace = OutputSpace> extends AnyLoss<
  Space,
  BatchwiseLoss<Space>
> {
  readonly kind: 'batchwise';
  /**
   * What happens where micro-batches or replicas divide a batch. `averaged`: each part is a batch of its own, and the loss
   * is their mean, weighted by images; it depends on how many parts there are. `refused`: training stops with an error.
   */
  readonly parts: 'averaged' | 'refused';
  /**
   * @param outputs [B, K] raw outputs of the head, not yet scaled
   * @param targets [B, K]; 1 present, 0 absent, soft values between; elements < 0 are ignored
   * @param scale the head's scale
   * @returns a scalar, >= 0; ignored elements have no gradient. 0 where nothing can be compared
   */
  batchwise(outputs: Tensor2D, targets: Tensor2D, scale: number): Scalar;
}

/** What is minimised. `kind` says whether it has a value per element or per batch. */
export type Loss<Space extends OutputSpace = OutputSpace> = ElementwiseLoss<Space> | BatchwiseLoss<Space>;
