import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { DivergenceError, UsageError } from '@polytag/core';
import { squaredNorm } from '@polytag/engine';
import { variableOf } from '../groups/parameter-groups.js';
import { clipGradients } from '../optimisers/clip-gradients.js';
import type { BoundOptimiser, Gradients, StepRates } from '../optimisers/optimiser.js';
import type { Examples } from './examples.js';
import {
  addLosses,
  gradientsOf,
  type Differentiable,
  type GradientOptions,
  type LossTerms,
} from './gradients-of.js';

/** A network that learns: what a training step needs of it. */
export interface Learner extends Pick<Differentiable, 'forward' | 'scale' | 'own'> {
  readonly optimiser: BoundOptimiser;
  /** The largest global gradient norm let through in the first pass; 0: any. */
  readonly clipGradient: number;
}

/** The rest of the batch, on which other threads compute gradients of the same networks at the same time. */
export interface OtherShares {
  /** Starts a pass of the step with the networks' weights as they are now. */
  begin(): PendingGradients;
}

export interface PendingGradients {
  /**
   * Waits for the others, adds their gradients to `own` in a fixed order, and gives the losses of each of them, network
   * by network, in that order.
   *
   * @throws EngineError when one of them has failed
   */
  addTo(own: Map<Variable, Tensor>): Promise<readonly (readonly LossTerms[])[]>;
}

/** Examples: `images` and `targets`, which stay the caller's, or `batch`. */
export type TrainStepInput = Examples &
  Omit<GradientOptions, 'batchOffset'> & {
    /** What completes the whole batch that the examples are the first of. */
    readonly others?: OtherShares;
    /** One for each learner. */
    readonly rates: readonly StepRates[];
  };

/** What one learner did in a step. */
export interface LearnerStep {
  /** The reduced loss of the last pass, without the mutual term. With SAM that is at the perturbed weights. */
  readonly loss: number;
  /** The mutual-learning term of the last pass; 0 for a single learner. */
  readonly mutual: number;
  /** Global norm of the gradient of the first pass, before clipping. */
  readonly gradientNorm: number;
  /** Nothing was moved, in no learner: a gradient was NaN or infinite. */
  readonly skipped: boolean;
}

/**
 * One training step of one network, or of several that learn from each other (docs/method.md#training-step).
 * In each pass all networks run forward first; then each gets the gradient of its own loss plus the mean
 * divergence from the others, whose outputs are constants to it; then each optimiser moves its own weights.
 * With `microBatch` the gradient is that of the whole batch all the same, but batch norm sees one part at a time, as it
 * does when PyTorch accumulates gradients. A step leaves no tensors behind.
 *
 * When a gradient of a learner is NaN or infinite, in either pass of SAM, the step is skipped: weights and optimisers are
 * those before it, running statistics have seen the batch. (The authors' code skips so in the first pass; in the second
 * it leaves the weights at the climbed place.)
 *
 * @throws DivergenceError `training/diverged` when a loss is NaN or infinite, with weights as when a step is skipped
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
  let done = false;
  try {
    for (let pass = 0; pass < passes && !report[0]?.skipped; pass++) {
      report = await onePass(learners, input, pass, report);
    }
    done = !report[0].skipped;
  } finally {
    if (!done) learners.forEach(({ optimiser }) => optimiser.abandon());
  }
  return report;
}

async function onePass(
  learners: readonly Learner[],
  input: TrainStepInput,
  pass: number,
  before: readonly LearnerStep[],
): Promise<LearnerStep[]> {
  const pending = input.others?.begin();
  const networks = learners.map((learner) => ({
    forward: learner.forward.bind(learner),
    scale: learner.scale,
    own: learner.own,
    variables: variablesOf(learner.optimiser),
  }));
  const { gradients, losses: first } = await gradientsOf(networks, input, input);
  let own: Map<Variable, Tensor>[] = [];
  try {
    const losses = ((await pending?.addTo(gradients)) ?? []).reduce<LossTerms[]>(addLosses, first);
    own = learners.map(({ optimiser }) => ofLearner(gradients, optimiser));
    const norms = await Promise.all(own.map(normOf));
    losses.forEach((sum, i) => checkFinite(sum, input.rates[i], input.step));
    const skipped = !norms.every(Number.isFinite);
    const done = losses.map((sum, i) => ({
      ...{ ...sum, skipped },
      gradientNorm: before[i]?.gradientNorm ?? norms[i],
    }));
    if (skipped) return done;
    for (const [i, { optimiser, clipGradient }] of learners.entries()) {
      if (pass === 0) clipGradients(own[i], norms[i], clipGradient);
      await optimiser.apply(pass, own[i], input.rates[i]);
    }
    return done;
  } finally {
    // Clipping may have put other tensors in the place of some.
    for (const held of [gradients, ...own]) held.forEach((gradient) => gradient.dispose());
  }
}

const normOf = async (gradients: Gradients): Promise<number> =>
  Math.sqrt(await squaredNorm([...gradients.values()]));

/** What an optimiser moves. */
export function variablesOf({ groups }: BoundOptimiser): Variable[] {
  return groups.flatMap((group) => group.parameters.map(variableOf));
}

function ofLearner(gradients: Gradients, optimiser: BoundOptimiser): Map<Variable, Tensor> {
  const own = variablesOf(optimiser).filter((variable) => gradients.has(variable));
  return new Map(own.map((variable) => [variable, gradients.get(variable)!]));
}

function checkFinite({ loss, mutual }: LossTerms, { learningRate }: StepRates, step: number): void {
  const total = loss + mutual;
  if (Number.isFinite(total)) return;
  throw new DivergenceError(
    'training/diverged',
    `Training diverged in step ${step + 1}: the loss is ${total} at learning rate ${learningRate}.`,
    {
      hint: 'Lower the learning rate, or clip gradients. Checkpoints saved before are untouched.',
    },
  );
}
