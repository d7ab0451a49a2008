import { UsageError } from '@polytag/core';

/**
 * @param element position of the score in an [N, K] matrix, for the message
 * @throws UsageError `usage/not-a-probability` when a score lies outside [0, 1]
 */
export function assertProbability(score: number, element: number, classes: number): void {
  if (score >= 0 && score <= 1) return;
  const [image, k] = [Math.floor(element / classes), element % classes];
  throw new UsageError(
    'usage/not-a-probability',
    `The score of image ${image} for label ${k} is ${score}; expected a probability from 0 to 1.`,
    { hint: 'Convert outputs to probabilities with scoresFromOutputs.' },
  );
}
