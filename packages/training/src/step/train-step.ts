import {
  add,
  keep,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { DivergenceError, type Loss, UsageError } from '@polytag/core';
import { squaredNorm } from '@polytag/engine';
import { mutualLearningTerm } from '@polytag/losses';
import { variableOf } from '../groups/parameter-groups.js';
import { clipGradients } from '../optimisers/clip-gradients.js';
import type { BoundOptimiser, Gradients, StepRates } from '../optimisers/optimiser.js';
import { reduce, type Reduction } from './reduction.js';

/** A network that learns: what a training step needs of it. */
export interface Learner {
  /** Runs the network in training mode on a batch; recorded on the tape. `step` decides dropout masks. */
  forward(images: Tensor, options: { readonly training: true; readonly step: number }): Tensor2D;
  /** What turns outputs into logits. */
  readonly scale: number;
  readonly optimiser: BoundOptimiser;
  /** The largest global gradient norm let through in the first pass; 0: any. */
  readonly clipGradient: number;
}

export interface TrainStepInput {
  /** [B, …]; stays the caller's. */
  readonly images: Tensor;
  /** [B, K]; stays the caller's. */
  readonly targets: Tensor2D;
  readonly loss: Loss;
  readonly reduction: Reduction;
  /** Steps taken before this one. Decides dropout masks, which are the same in both passes of SAM. */
  readonly step: number;
  /** One for each learner. */
  readonly rates: readonly StepRates[];
}

/** What one learner did in a step. */
export interface LearnerStep {
  /** The reduced loss of the last pass, without the mutual term. With SAM that is at the perturbed weights. */
  readonly loss: number;
  /** The mutual-learning term of the last pass; 0 for a single learner. */
  readonly mutual: number;
  /** Global norm of the gradient of the first pass, before clipping. */
  readonly gradientNorm: number;
}

/**
 * One training step of one network, or of several that learn from each other (method sections 4.3 and 4.9).
 * In each pass all networks run forward first; then each gets the gradient of its own loss plus the mean
 * divergence from the others, whose outputs are constants to it; then each optimiser moves its own weights.
 * A step leaves no tensors behind.
 *
 * @throws DivergenceError `training/diverged` when a loss or a gradient is NaN or infinite. The weights are
 *   then those before the step; running statistics have seen the batch.
 * @throws UsageError `usage/mutual-passes` when some learners use SAM and others do not
 */
export async function trainStep(learners: readonly Learner[], input: TrainStepInput): Promise<LearnerStep[]> {
  const { passes } = learners[0].optimiser;
  if (learners.some(({ optimiser }) => optimiser.passes !== passes)) {
    throw new UsageError(
      'usage/mutual-passes',
      'Networks that learn from each other must all use SAM, or none of them.',
    );
  }
  let report: LearnerStep[] = [];
  try {
    for (let pass = 0; pass < passes; pass++) report = await onePass(learners, input, pass, report);
  } catch (error) {
    learners.forEach(({ optimiser }) => optimiser.abandon());
    throw error;
  }
  return report;
}

async function onePass(
  learners: readonly Learner[],
  input: TrainStepInput,
  pass: number,
  before: readonly LearnerStep[],
): Promise<LearnerStep[]> {
  const { gradients, losses } = await gradientsOf(learners, input);
  try {
    const own = learners.map(({ optimiser }) => ofLearner(gradients, optimiser));
    const norms = own.map((mine) => Math.sqrt(squaredNorm([...mine.values()])));
    losses.forEach((sum, i) => checkFinite(sum, norms[i], input.rates[i], input.step));
    learners.forEach(({ optimiser, clipGradient }, i) => {
      const clipped = pass === 0 ? clipGradients(own[i], norms[i], clipGradient) : own[i];
      optimiser.apply(pass, clipped, input.rates[i]);
      if (clipped !== own[i]) clipped.forEach((gradient) => gradient.dispose());
    });
    return losses.map((sum, i) => ({ ...sum, gradientNorm: before[i]?.gradientNorm ?? norms[i] }));
  } finally {
    gradients.forEach((gradient) => gradient.dispose());
  }
}

/** Gradients of all learners from one tape: no loss depends on another learner's weights, so their sum serves. */
async function gradientsOf(
  learners: readonly Learner[],
  { images, targets, loss, reduction, step }: TrainStepInput,
): Promise<{ gradients: Gradients; losses: { loss: number; mutual: number }[] }> {
  const variables = learners.flatMap(({ optimiser }) => variablesOf(optimiser));
  const terms: { loss: Scalar; mutual?: Scalar }[] = [];
  const { value, grads } = variableGrads(() => {
    const outputs = learners.map((learner) => learner.forward(images, { training: true, step }));
    const scaled = learners.map(({ scale }, i) => ({ outputs: outputs[i], scale }));
    const totals = learners.map(({ scale }, i) => {
      const own = keep(reduce(loss.elementwise(outputs[i], targets, scale), reduction));
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

function variablesOf({ groups }: BoundOptimiser): Variable[] {
  return groups.flatMap((group) => group.parameters.map(variableOf));
}

function ofLearner(gradients: Gradients, optimiser: BoundOptimiser): Gradients {
  const own = variablesOf(optimiser).filter((variable) => gradients.has(variable));
  return new Map(own.map((variable) => [variable, gradients.get(variable)!]));
}

function checkFinite(
  { loss, mutual }: Pick<LearnerStep, 'loss' | 'mutual'>,
  norm: number,
  { learningRate }: StepRates,
  step: number,
): void {
  const total = loss + mutual;
  if (Number.isFinite(total) && Number.isFinite(norm)) return;
  const what = Number.isFinite(total) ? `the gradient is ${norm}` : `the loss is ${total}`;
  throw new DivergenceError(
    'training/diverged',
    `Training diverged in step ${step + 1}: ${what} at learning rate ${learningRate}.`,
    {
      hint: 'Lower the learning rate, or clip gradients. Checkpoints saved before are untouched.',
    },
  );
}
