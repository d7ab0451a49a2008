import { inPart, notPromise, partTitle, type LabelCounts, type Loss } from '@polytag/core';

/** The loss with the weights of a training set's labels, if it uses them. */
export function lossForLabels(loss: Loss, counts: LabelCounts): Loss {
  if (!loss.forLabels) return loss;
  const title = partTitle('loss', loss);
  return notPromise(
    title,
    'forLabels',
    inPart(title, 'forLabels', () => loss.forLabels!(counts)),
  );
}
