import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { LabelVocabulary } from '../labels/label-vocabulary.js';
import type { OutputSpace } from './head.js';

/** Counts of labels in a training set. */
export interface LabelCounts {
  readonly labels: LabelVocabulary;
  /** [K] number of images that have the label. */
  readonly positives: ArrayLike<number>;
  /** [K] number of images known not to have the label. */
  readonly negatives: ArrayLike<number>;
}

/** What every loss has. It is a pure function from outputs and targets. */
interface AnyLoss<Space extends OutputSpace, Same> {
  readonly name: string;
  /** The outputs it is defined on. A head of another space does not compose with it. */
  readonly space: Space;
  /**
   * For a loss that depends on the labels (weights by name or frequency): returns the loss for the labels of a training
   * set. The trainer calls it once, before the first step.
   */
  forLabels?(counts: LabelCounts): Same;
  /**
   * For a loss that changes during a run: returns the loss of an epoch, counted from 0. The trainer calls it in each step,
   * so a resumed run gets the loss of its epoch.
   */
  forEpoch?(epoch: number): Same;
}

/**
 * A loss with one value per element. The trainer chooses the reduction (the authors sum over batch and labels), so
 * images can be divided between micro-batches and replicas without changing the loss.
 */
export interface ElementwiseLoss<Space extends OutputSpace = OutputSpace> extends AnyLoss<
  Space,
  ElementwiseLoss<Space>
> {
  /** Default: `elementwise`. */
  readonly kind?: 'elementwise';
  /**
   * Computes the loss of each element.
   *
   * @param outputs [B, K] raw outputs of the head, not yet scaled
   * @param targets [B, K]; 1 present, 0 absent, soft values between; elements < 0 are ignored
   * @param scale the head's scale
   * @returns [B, K], each element >= 0; ignored elements are 0 and have no gradient
   */
  elementwise(outputs: Tensor2D, targets: Tensor2D, scale: number): Tensor2D;
}

/**
 * A loss with one value per batch, because it compares images with each other. The trainer's reduction does not apply.
 */
export interface BatchwiseLoss<Space extends OutputSpace = OutputSpace> extends AnyLoss<
  Space,
  BatchwiseLoss<Space>
> {
  readonly kind: 'batchwise';
  /**
   * What happens if a batch is divided into micro-batches or replicas. `averaged`: each part counts as a batch, and the
   * loss is their mean weighted by images, so it depends on the number of parts. `refused`: training stops with an
   * error.
   */
  readonly parts: 'averaged' | 'refused';
  /**
   * Computes the loss of the batch.
   *
   * @param outputs [B, K] raw outputs of the head, not yet scaled
   * @param targets [B, K]; 1 present, 0 absent, soft values between; elements < 0 are ignored
   * @param scale the head's scale
   * @returns a scalar >= 0; ignored elements have no gradient; 0 if there is nothing to compare
   */
  batchwise(outputs: Tensor2D, targets: Tensor2D, scale: number): Scalar;
}

/** A training loss. `kind` is whether it has one value per element or per batch. */
export type Loss<Space extends OutputSpace = OutputSpace> = ElementwiseLoss<Space> | BatchwiseLoss<Space>;
