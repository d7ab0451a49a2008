import { tensor1d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { nearest, UsageError, type LabelCounts, type ElementwiseLoss, type OutputSpace } from '@polytag/core';
import * as z from 'zod/mini';

// The weight of the term of positives; docs/method.md#positive-weight. With w of the element's label, the term y·ln p of a
// loss becomes w·y·ln p; nothing else changes, the focusing weight neither.

/** No weight of `balanced` is higher: a label on one image in a thousand would else outweigh all others. */
export const HIGHEST_BALANCED_WEIGHT = 10;

const weight = z.number().check(z.gt(0));

/**
 * Weight of the term of positives: a number for all labels, one a label in vocabulary order, a table of label names (1
 * for the others), or `balanced`. Default 1.
 */
export const positiveWeight = z._default(
  z.union([weight, z.array(weight), z.record(z.string(), weight), z.literal('balanced')], {
    error: 'expected a number above 0, a table of numbers by label, or "balanced"',
  }),
  1,
);
export type PositiveWeight = z.output<typeof positiveWeight>;

/** [K] weights in vocabulary order, or one for all labels. */
export type Weights = number | readonly number[];

/**
 * A loss with weights on its positives. Where they depend on the labels it must be told of them first (`forLabels`).
 *
 * @param elementwise the loss with known weights
 */
export function weightedLoss<Space extends OutputSpace>(
  { name, space }: { readonly name: string; readonly space: Space },
  option: PositiveWeight,
  elementwise: (outputs: Tensor2D, targets: Tensor2D, scale: number, weights: Weights) => Tensor2D,
): ElementwiseLoss<Space> {
  const known = (weights: Weights): ElementwiseLoss<Space> => ({
    name,
    space,
    elementwise: (outputs, targets, scale) => elementwise(outputs, targets, scale, weights),
  });
  if (typeof option === 'number' || Array.isArray(option)) return known(option);
  return {
    name,
    space,
    elementwise: () => knownWeights(name, option) as never,
    forLabels: (counts) => known(weightsFor(name, option, counts)),
  };
}

/** @throws UsageError `usage/loss-labels` where weights depend on labels that are not known here */
export function knownWeights(loss: string, option: PositiveWeight): Weights {
  if (typeof option === 'number' || Array.isArray(option)) return option;
  const told = option === 'balanced' ? '"balanced"' : 'a table by label';
  throw new UsageError(
    'usage/loss-labels',
    `positiveWeight of loss "${loss}" is ${told}, but the labels are not known yet.`,
    {
      hint: 'Pass the label counts of the training set first: loss.forLabels(labelCounts(dataset)).',
    },
  );
}

/**
 * Weights in vocabulary order. `balanced`: known negatives / known positives of the label in the training set, at most
 * {@link HIGHEST_BALANCED_WEIGHT}; 1 for a label of which there are none of either.
 *
 * @throws UsageError `usage/unknown-label`
 */
function weightsFor(
  loss: string,
  option: Readonly<Record<string, number>> | 'balanced',
  { labels, positives, negatives }: LabelCounts,
): readonly number[] {
  if (option === 'balanced') {
    return labels.names.map((_, k) =>
      positives[k] > 0 && negatives[k] > 0
        ? Math.min(negatives[k] / positives[k], HIGHEST_BALANCED_WEIGHT)
        : 1,
    );
  }
  const strange = Object.keys(option).find((name) => labels.indexOf(name) === undefined);
  if (strange !== undefined) {
    const meant = nearest(strange, labels.names);
    throw new UsageError(
      'usage/unknown-label',
      `positiveWeight of loss "${loss}" has the label "${strange}", which is not in the training set.`,
      { hint: meant ? `Did you mean "${meant}"?` : 'Spell labels as in the label file.' },
    );
  }
  return labels.names.map((name) => (Object.hasOwn(option, name) ? option[name] : 1));
}

/**
 * The weights as a tensor that broadcasts to [B, K]; undefined where they are 1.
 *
 * @throws UsageError `usage/loss-shapes`
 */
export function weightTensor(weights: Weights, labels: number): Tensor | undefined {
  if (typeof weights === 'number') return weights === 1 ? undefined : tensor1d([weights]);
  if (weights.length === labels) return tensor1d([...weights]);
  throw new UsageError(
    'usage/loss-shapes',
    `positiveWeight has ${weights.length} weights, but there ${labels === 1 ? 'is 1 label' : `are ${labels} labels`}; expected one weight for each label`,
  );
}
