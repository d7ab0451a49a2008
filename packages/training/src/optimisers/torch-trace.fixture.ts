import { tensor } from '@tensorflow/tfjs-core';
import { variableOf } from '@polytag/layers';
import { numbers, parameter } from './parameter.fixture.js';
import type { Optimiser } from './optimiser.js';

const START = [0.5, -1.25, 2];
const GRADIENTS = [
  [0.3, -0.7, 0.2],
  [0.1, 0.4, -0.9],
  [-0.6, 0.2, 0.05],
  [0.25, -0.35, 0.8],
  [0.9, 0.1, -0.15],
  [-0.2, 0.6, 0.45],
  [0.05, -0.5, 0.7],
];

/**
 * Three weights after seven given gradients. The expected values in the specs come from torch 1.13.0 in float64:
 *
 *     w = torch.nn.Parameter(torch.tensor(START)); o = torch.optim.RMSprop([w], lr=…, …)
 *     for g in GRADIENTS: w.grad = torch.tensor(g); o.step()
 */
export function afterSevenSteps(optimiser: Optimiser, learningRate: number, weightDecay = 0): number[] {
  const weight = parameter('w', [3], START);
  const bound = optimiser.bind([{ parameters: [weight], learningRateFactor: 1, weightDecay }]);
  for (const values of GRADIENTS) {
    const gradient = tensor(values);
    bound.apply(0, new Map([[variableOf(weight), gradient]]), { learningRate });
    gradient.dispose();
  }
  bound.dispose();
  return numbers(variableOf(weight));
}
