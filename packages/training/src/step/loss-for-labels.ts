import { inPart, notPromise, partTitle, type LabelCounts, type Loss } from '@polytag/core';

/** The loss as it is for the labels of a training set: with their weights, where it has such. */
export function lossForLabels(loss: Loss, counts: LabelCounts): Loss {
  if (!loss.forLabels) return loss;
  const title = partTitle('loss', loss);
  return notPromise(
    title,
    'forLabels',
    inPart(title, 'forLabels', () => loss.forLabels!(counts)),
  );
}
