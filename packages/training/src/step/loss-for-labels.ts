import type { LabelCounts, Loss } from '@polytag/core';
import { lossMadeBy } from './loss-value.js';

/** The loss with the weights of a training set's labels, if it uses them. */
export const lossForLabels = (loss: Loss, counts: LabelCounts): Loss =>
  loss.forLabels
    ? lossMadeBy(loss, 'forLabels', () => loss.forLabels!(counts), 'for the label counts')
    : loss;
