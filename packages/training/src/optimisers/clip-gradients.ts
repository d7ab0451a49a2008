import { mul, tidy } from '@tensorflow/tfjs-core';
import type { Gradients } from './optimiser.js';

/**
 * Scales gradients so that their global norm is at most `limit` (Pascanu et al., 2013; PyTorch's form, with
 * 1e-6 added to the norm).
 *
 * @param norm the global norm of `gradients`
 * @returns `gradients` itself when nothing is to be done, else new tensors that the caller disposes
 */
export function clipGradients(gradients: Gradients, norm: number, limit: number): Gradients {
  const factor = limit / (norm + 1e-6);
  if (limit <= 0 || factor >= 1) return gradients;
  return new Map([...gradients].map(([weight, gradient]) => [weight, tidy(() => mul(gradient, factor))]));
}
