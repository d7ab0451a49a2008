import {
  add,
  keep,
  mul,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Variable,
} from '@tensorflow/tfjs-core';
import { faultOf, PartError, partsOfAtMost, PolytagError, type Loss } from '@polytag/core';
import { variableGradients } from '@polytag/engine';
import { mutualLearningTerm } from '@polytag/losses';
import { lossElements } from '../own/check-loss.js';
import { exampleCount, takeExamples, type Examples, type ExampleTensors } from './examples.js';
import { reduce, type Reduction } from './reduction.js';

/** What decides the masks of a pass in training mode. */
export interface TrainingCall {
  readonly training: true;
  readonly step: number;
  /** Images of the step's batch before those of this call. */
  readonly batchOffset?: number;
}

/** A network with the variables that it learns. */
export interface Differentiable {
  /** Runs the network in training mode on a batch; recorded on the tape. */
  forward(images: Tensor, call: TrainingCall): Tensor2D;
  /** What turns outputs into logits. */
  readonly scale: number;
  readonly variables: readonly Variable[];
  /** The user's own parts in it, for errors: see `partTitle`. */
  readonly own?: string;
}

export interface GradientOptions {
  readonly loss: Loss;
  readonly reduction: Reduction;
  /** Steps taken before this one. Decides dropout masks, which are the same in both passes of SAM. */
  readonly step: number;
  /** Images that memory holds at once, at most; gradients of even parts are added up. Default: all. */
  readonly microBatch?: number;
  /** Images of the step's whole batch, which a mean is taken over. Default: the examples are all. */
  readonly wholeBatch?: number;
  /** Images of the whole batch before the examples. Default 0. */
  readonly batchOffset?: number;
}

/** The reduced loss, and the mutual-learning term (0 for a single network). */
export interface LossTerms {
  readonly loss: number;
  readonly mutual: number;
}

export interface LossGradients {
  /** The caller disposes them. A variable that the loss does not depend on has none. */
  readonly gradients: Map<Variable, Tensor>;
  /** One for each network. */
  readonly losses: LossTerms[];
}

/**
 * Gradients of all networks for some examples, in as many passes as memory asks for. Parts are consecutive and are
 * added in their order; means are over the whole batch. Batch norm uses, and takes into its running statistics, one part
 * after the other.
 */
export async function gradientsOf(
  networks: readonly Differentiable[],
  examples: Examples,
  options: GradientOptions,
): Promise<LossGradients> {
  const count = exampleCount(examples);
  const { microBatch = Infinity, wholeBatch = count, batchOffset = 0, step } = options;
  let total: LossGradients | undefined;
  try {
    for (const part of partsOfAtMost(count, microBatch)) {
      const tensors = takeExamples(examples, part);
      const call: TrainingCall = { training: true, step, batchOffset: batchOffset + part.from };
      try {
        const share = (part.to - part.from) / wholeBatch;
        const more = await gradientsOfPart(networks, tensors, call, { ...options, share });
        total = total ? sumOf(total, more) : more;
      } finally {
        tensors.images.dispose();
        tensors.targets.dispose();
      }
    }
  } catch (error) {
    total?.gradients.forEach((gradient) => gradient.dispose());
    throw error;
  }
  return total!;
}

/** All networks on one tape: no loss depends on another's weights, so the gradient of their sum serves. */
async function gradientsOfPart(
  networks: readonly Differentiable[],
  { images, targets }: ExampleTensors,
  call: TrainingCall,
  { loss, reduction, share }: GradientOptions & { readonly share: number },
): Promise<LossGradients> {
  const variables = networks.flatMap((network) => network.variables);
  // The mean over the whole batch is the sum of the parts' means, each by its share in the batch.
  const ofWholeBatch = (mean: Scalar): Scalar => (share === 1 ? mean : mul(mean, share));
  const terms: { loss: Scalar; mutual?: Scalar }[] = [];
  const { value, grads } = differentiated(networks, () => {
    const outputs = networks.map((network) => network.forward(images, call));
    const scaled = networks.map(({ scale }, i) => ({ outputs: outputs[i], scale }));
    const totals = networks.map(({ scale }, i) => {
      const reduced = reduce(lossElements(loss, outputs[i], targets, scale), reduction);
      const own = keep(reduction === 'mean' ? ofWholeBatch(reduced) : reduced);
      const others = scaled.filter((_, j) => j !== i);
      if (others.length === 0) {
        terms.push({ loss: own });
        return own;
      }
      const mutual = keep(ofWholeBatch(mutualLearningTerm(scaled[i], others)));
      terms.push({ loss: own, mutual });
      return add(own, mutual) as Scalar;
    });
    return totals.reduce((sum, total) => add(sum, total) as Scalar);
  });
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

/**
 * Gradients of all variables. What tfjs throws there is the fault of a part of the user's own, where there is one.
 *
 * @throws PartError `part/threw`, `part/no-gradient`
 */
function differentiated(networks: readonly Differentiable[], value: () => Scalar) {
  const variables = networks.flatMap((network) => network.variables);
  try {
    return variableGradients(value, variables);
  } catch (cause) {
    const own = networks.flatMap((network) => network.own ?? []);
    if (own.length === 0 || cause instanceof PolytagError) throw cause;
    const title = own.join(' or ');
    if (!(cause instanceof Error && /gradient|connection between/i.test(cause.message)))
      throw faultOf(title, 'a training step', cause);
    throw new PartError('part/no-gradient', `The ${title} cannot be differentiated: ${cause.message}`, {
      hint: 'Compose it of layers and operations that have a gradient: docs/engines.md lists those of tfjs that have none.',
      cause,
    });
  }
}

/** Uses both up. */
function sumOf(total: LossGradients, more: LossGradients): LossGradients {
  for (const [variable, gradient] of more.gradients) {
    const before = total.gradients.get(variable);
    total.gradients.set(variable, before ? add(before, gradient) : gradient);
    if (!before) continue;
    before.dispose();
    gradient.dispose();
  }
  return { gradients: total.gradients, losses: addLosses(total.losses, more.losses) };
}

/** Network by network. */
export const addLosses = (total: readonly LossTerms[], more: readonly LossTerms[]): LossTerms[] =>
  total.map(({ loss, mutual }, i) => ({ loss: loss + more[i].loss, mutual: mutual + more[i].mutual }));
