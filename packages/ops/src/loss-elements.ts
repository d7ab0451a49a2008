import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from './expect-shape.js';
import { operationKernel, type OperationKernel } from './kernel.js';

/** What the two losses have in common. */
export interface LossElementsOptions {
  /** Multiplies the outputs, above 0. */
  readonly scale: number;
  /** Degree e: positives become 1 − e and negatives e. */
  readonly labelSmoothing: number;
  readonly gammaNeg: number;
  readonly gammaPos: number;
}

export interface AsymmetricLossElementsOptions extends LossElementsOptions {
  /** Taken off the probability of presence of negatives. */
  readonly probabilityMargin: number;
  /** Lower bound of probabilities in logarithms. */
  readonly epsilon: number;
  /** Whether the derivative goes through the focusing weight. */
  readonly focusGradient: boolean;
}

export interface AngularMarginLossElementsOptions extends LossElementsOptions {
  /** Of the cosines. */
  readonly margin: number;
  /** Share of the positives' term. */
  readonly k: number;
  /** Added to the negatives' probability where a gamma is above 0. */
  readonly probabilityMargin: number;
}

interface LossInputs {
  readonly outputs: tf.Tensor;
  readonly targets: tf.Tensor;
  /** One an element. */
  readonly weights: tf.Tensor | undefined;
}

/** Outputs: the value and the derivative of each element. */
export const asymmetricLossKernel = operationKernel<
  LossInputs,
  AsymmetricLossElementsOptions,
  [tf.Tensor, tf.Tensor]
>('PolytagAsymmetricLoss');
/** Outputs: the value and the derivative of each element. */
export const angularMarginLossKernel = operationKernel<
  LossInputs,
  AngularMarginLossElementsOptions,
  [tf.Tensor, tf.Tensor]
>('PolytagAngularMarginLoss');

/** Each element's loss, and its derivative with respect to that element's output. */
export interface LossElements {
  readonly value: tf.Tensor;
  readonly derivative: tf.Tensor;
}

/**
 * The asymmetric loss of `@polytag/losses` (docs/method.md#asl) and its derivative in one pass, in double precision; undefined on engines
 * without the kernels. Elements with a negative target are 0. It is not differentiable: the derivative serves.
 *
 * @param outputs logits, any shape
 * @param targets of the same shape, not smoothed yet
 * @param weights of the term of positives; they broadcast to that shape. Default: none
 */
export function asymmetricLossElements(
  outputs: tf.Tensor,
  targets: tf.Tensor,
  options: AsymmetricLossElementsOptions,
  weights?: tf.Tensor,
): LossElements | undefined {
  return elements('asymmetricLossElements', asymmetricLossKernel, { outputs, targets, weights }, options);
}

/** The same for the asymmetric angular margin loss, of cosines (docs/method.md#aam). */
export function angularMarginLossElements(
  outputs: tf.Tensor,
  targets: tf.Tensor,
  options: AngularMarginLossElementsOptions,
  weights?: tf.Tensor,
): LossElements | undefined {
  return elements(
    'angularMarginLossElements',
    angularMarginLossKernel,
    { outputs, targets, weights },
    options,
  );
}

function elements<Options>(
  name: string,
  kernel: OperationKernel<LossInputs, Options, [tf.Tensor, tf.Tensor]>,
  { outputs, targets, weights }: LossInputs,
  options: Options,
): LossElements | undefined {
  expectShape(name, 'targets', targets, outputs.shape);
  if (!kernel.isAvailable() || outputs.dtype !== 'float32') return undefined;
  return tf.tidy(() => {
    const inputs = {
      outputs,
      targets: tf.cast(targets, 'float32'),
      weights: weights && tf.broadcastTo(weights, outputs.shape),
    };
    const [value, derivative] = kernel.run(inputs, options);
    return { value, derivative };
  });
}
