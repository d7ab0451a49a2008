import {
  add,
  keep,
  mul,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { Loss } from '@polytag/core';
import { mutualLearningTerm } from '@polytag/losses';
import { reduce, type Reduction } from './reduction.js';

/** What decides the masks of a pass in training mode. */
export interface TrainingCall {
  readonly training: true;
  readonly step: number;
  readonly replica?: number;
}

/** A network with the variables that it learns. */
export interface Differentiable {
  /** Runs the network in training mode on a batch; recorded on the tape. `step` and `replica` decide dropout masks. */
  forward(images: Tensor, options: TrainingCall): Tensor2D;
  /** What turns outputs into logits. */
  readonly scale: number;
  readonly variables: readonly Variable[];
}

export interface GradientInput {
  /** [B, …]; stays the caller's. */
  readonly images: Tensor;
  /** [B, K]; stays the caller's. */
  readonly targets: Tensor2D;
  readonly loss: Loss;
  readonly reduction: Reduction;
  /** Steps taken before this one. Decides dropout masks, which are the same in both passes of SAM. */
  readonly step: number;
  /** These images over the images of the whole batch, which a mean is taken over. Default 1: they are all. */
  readonly share?: number;
  /** Which of the replicas that share the batch this is. Default 0, the first or only one. */
  readonly replica?: number;
}

/** The reduced loss, and the mutual-learning term (0 for a single network). */
export interface LossTerms {
  readonly loss: number;
  readonly mutual: number;
}

/**
 * Gradients of all networks from one tape: no loss depends on another's weights, so their sum serves. The caller
 * disposes them. A variable that the loss does not depend on has none.
 */
export async function gradientsOf(
  networks: readonly Differentiable[],
  { images, targets, loss, reduction, step, share = 1, replica }: GradientInput,
): Promise<{ gradients: Map<Variable, Tensor>; losses: LossTerms[] }> {
  const variables = networks.flatMap((network) => network.variables);
  // The mean over the whole batch is the sum of the shares' means, each by its part in the batch.
  const ofWholeBatch = (reduced: Scalar): Scalar =>
    reduction === 'mean' && share !== 1 ? mul(reduced, share) : reduced;
  const terms: { loss: Scalar; mutual?: Scalar }[] = [];
  const { value, grads } = variableGrads(() => {
    const outputs = networks.map((network) =>
      network.forward(images, { training: true, step, ...(replica !== undefined && { replica }) }),
    );
    const scaled = networks.map(({ scale }, i) => ({ outputs: outputs[i], scale }));
    const totals = networks.map(({ scale }, i) => {
      const own = keep(ofWholeBatch(reduce(loss.elementwise(outputs[i], targets, scale), reduction)));
      const others = scaled.filter((_, j) => j !== i);
      if (others.length === 0) {
        terms.push({ loss: own });
        return own;
      }
      const mutual = keep(mutualLearningTerm(scaled[i], others));
      terms.push({ loss: own, mutual });
      return add(own, mutual) as Scalar;
    });
    return totals.reduce((sum, total) => add(sum, total) as Scalar);
  }, variables);
  const losses = await Promise.all(
    terms.map(async ({ loss: own, mutual }) => ({
      loss: (await own.data())[0],
      mutual: mutual ? (await mutual.data())[0] : 0,
    })),
  );
  // With one learner the value is its term.
  value.dispose();
  for (const { loss: own, mutual } of terms) {
    own.dispose();
    mutual?.dispose();
  }
  const gradients = new Map<Variable, Tensor>();
  for (const variable of variables) if (grads[variable.name]) gradients.set(variable, grads[variable.name]);
  return { gradients, losses };
}
