import {
  add,
  keep,
  mul,
  tensor,
  tensor2d,
  type Scalar,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import { faultOf, microBatches, PartError, PolytagError, type Examples, type Loss } from '@polytag/core';
import { variableGradients } from '@polytag/engine';
import { variableOf } from '@polytag/layers';
import { mutualLearningTerm } from '@polytag/losses';
import type { Frozen } from '../freezing/freezing.js';
import { lossInEpoch, lossValue, type Reduction } from './loss-value.js';
import type { TrainableNetwork, TrainingCall } from './trainable-model.js';

/** What the means of a step are taken over. */
export interface WholeBatch {
  readonly images: number;
  /** Targets that are not below 0. */
  readonly known: number;
}

/** Of the examples, or of what they are a share of. */
export function wholeBatchOf({ shape, targets, part }: Examples): WholeBatch {
  if (part) return part;
  let known = 0;
  for (const target of targets) if (target >= 0) known++;
  return { images: shape[0], known };
}

export interface GradientOptions {
  readonly loss: Loss;
  /** Epoch of the step, from 0: decides a loss that changes over the run. Default 0. */
  readonly epoch?: number;
  readonly reduction: Reduction;
  /** Steps taken before this one. Decides dropout masks, which are the same in both passes of SAM. */
  readonly step: number;
  /** Images that memory holds at once, at most; gradients of even parts are added up. Default: all. */
  readonly microBatch?: number;
  /** The step's whole batch, which a mean is taken over. Default: the examples are all. */
  readonly wholeBatch?: WholeBatch;
  /** Images of the whole batch before the examples. Default 0. */
  readonly batchOffset?: number;
  /** What the losses are multiplied with. Default 1. */
  readonly lossFactor?: number;
  /** What of each network is frozen in this step. Default: nothing. */
  readonly frozen?: readonly Frozen[];
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
 * Gradients of all networks for some examples, in as many micro-batches as memory asks for. They are consecutive and
 * are added in their order; means are over the whole batch. Batch norm uses, and takes into its running statistics, one
 * micro-batch after the other.
 */
export async function gradientsOf(
  networks: readonly TrainableNetwork[],
  examples: Examples,
  options: GradientOptions,
): Promise<LossGradients> {
  const { microBatch = Infinity, wholeBatch = wholeBatchOf(examples), step } = options;
  const loss = lossInEpoch(options.loss, options.epoch ?? 0);
  let { batchOffset = 0 } = options;
  let total: LossGradients | undefined;
  try {
    for (const microExamples of microBatches(examples, microBatch)) {
      const [size] = microExamples.shape;
      const more = await gradientsOfMicroBatch(networks, microExamples, {
        ...options,
        loss,
        call: { training: true, step, batchOffset },
        share: size / wholeBatch.images,
        known: wholeBatch.known,
      });
      total = total ? sumOf(total, more) : more;
      batchOffset += size;
    }
  } catch (error) {
    total?.gradients.forEach((gradient) => gradient.dispose());
    throw error;
  }
  return total!;
}

interface MicroBatchOptions extends GradientOptions {
  readonly call: TrainingCall;
  /** Of the whole batch's images, in (0, 1]. */
  readonly share: number;
  /** Targets of the whole batch that are known. */
  readonly known: number;
}

/** All networks on one tape: no loss depends on another's weights, so the gradient of their sum serves. */
async function gradientsOfMicroBatch(
  networks: readonly TrainableNetwork[],
  { inputs: values, shape, targets: labels }: Examples,
  { loss, reduction, frozen, call, share, known, lossFactor = 1 }: MicroBatchOptions,
): Promise<LossGradients> {
  const variables = networks.flatMap(({ learned }, i) =>
    learned.filter(({ key }) => !frozen?.[i].parameters.has(key)).map(variableOf),
  );
  const inputs = tensor(values, [...shape], 'float32');
  const targets = tensor2d(labels, [shape[0], labels.length / shape[0]], 'float32');
  const times = (value: Scalar, factor: number): Scalar => (factor === 1 ? value : mul(value, factor));
  // A divergence is a mean over images; over the whole batch it is the sum of the micro-batches', each by its share.
  const ofWholeBatch = (mean: Scalar): Scalar => times(times(mean, share), lossFactor);
  const terms: { loss: Scalar; mutual?: Scalar }[] = [];
  const totalLoss = (): Scalar => {
    const scaled = networks.map((network, i) => ({
      outputs: network.forward(inputs, { ...call, frozenBatchNorms: frozen?.[i].batchNorms }),
      scale: network.scale,
    }));
    const totals = scaled.map(({ outputs, scale }, i) => {
      const value = lossValue(loss, outputs, targets, scale, { reduction, known, share });
      const own = keep(times(value, lossFactor));
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
  };
  try {
    const { value, grads } = differentiate(networks, variables, totalLoss);
    const losses = await Promise.all(
      terms.map(async ({ loss: own, mutual }) => ({
        loss: (await own.data())[0],
        mutual: mutual ? (await mutual.data())[0] : 0,
      })),
    );
    // With one network the value is its term.
    value.dispose();
    for (const { loss: own, mutual } of terms) {
      own.dispose();
      mutual?.dispose();
    }
    const gradients = new Map<Variable, Tensor>();
    for (const variable of variables) if (grads[variable.name]) gradients.set(variable, grads[variable.name]);
    return { gradients, losses };
  } finally {
    inputs.dispose();
    targets.dispose();
  }
}

/**
 * The value and its gradients. What tfjs throws there is the fault of a part of the user's own, where there is one.
 *
 * @throws PartError `part/threw`, `part/no-gradient`
 */
function differentiate(
  networks: readonly TrainableNetwork[],
  variables: readonly Variable[],
  value: () => Scalar,
) {
  try {
    return variableGradients(value, variables);
  } catch (cause) {
    const own = networks.flatMap((network) => network.own ?? []);
    if (own.length === 0 || cause instanceof PolytagError) throw cause;
    const title = own.join(' or ');
    if (!(cause instanceof Error && /gradient|connection between/i.test(cause.message)))
      throw faultOf(title, 'a training step', cause);
    throw new PartError('part/no-gradient', `The ${title} cannot be differentiated: ${cause.message}`, {
      hint: 'Use layers and operations that have a gradient: docs/engines.md lists the tfjs ones that do not.',
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
