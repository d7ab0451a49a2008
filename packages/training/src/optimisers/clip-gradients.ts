import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { scaleValues } from '@polytag/engine';

/**
 * Scales gradients so that their global norm is at most `limit` (Pascanu et al., 2013; PyTorch's form, with
 * 1e-6 added to the norm).
 *
 * @param gradients scaled in place, where the engine can; else another tensor takes the place of one, which is disposed
 * @param norm the global norm of `gradients`
 * @param limit 0: none
 */
export function clipGradients(gradients: Map<Variable, Tensor>, norm: number, limit: number): void {
  const factor = limit / (norm + 1e-6);
  if (limit <= 0 || factor >= 1) return;
  // Two variables may have the same gradient.
  const tensors = [...new Set(gradients.values())];
  const scaled = new Map(scaleValues(tensors, factor).map((tensor, i) => [tensors[i], tensor]));
  for (const [weight, gradient] of gradients) gradients.set(weight, scaled.get(gradient)!);
}
