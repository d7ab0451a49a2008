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
    `The score of image ${image} for class ${k} is ${score}, not a probability.`,
    { hint: 'Make probabilities of the outputs with scoresFromOutputs.' },
  );
}
