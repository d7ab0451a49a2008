import { tensor, tensor2d, type Scalar } from '@tensorflow/tfjs-core';
import { microBatches, partTitle, type Examples } from '@polytag/core';
import { firstBadGradient } from '@polytag/engine';
import { ownLayerTitle, variableOf } from '@polytag/layers';
import { isOwnLoss, lossInEpoch, lossValue } from './loss-value.js';
import { placeInWhole, type StepOptions } from './train-step.js';
import type { TrainableModel } from './trainable-model.js';

/**
 * Finds where in the user's own parts the NaN or infinite loss or gradient of a step comes from, with the weights as they
 * are.
 *
 * @returns what to say of it, e.g. `the layer "norm" of the head "mean" gives NaN or infinity for finite inputs`; undefined
 * if it comes from a built-in part, or is not found again
 */
export async function sourceOfNaN(
  models: readonly TrainableModel[],
  batch: Examples,
  options: Omit<StepOptions, 'learningRate' | 'replicas'>,
): Promise<string | undefined> {
  const { step, epoch = 0, microBatch = Infinity } = options;
  let { batchOffset } = placeInWhole(batch);
  const frozen = models.map(({ freezing }) => freezing.during(epoch));
  for (const examples of microBatches(batch, microBatch)) {
    for (const [i, model] of models.entries()) {
      const call = { training: true, step, batchOffset, frozenBatchNorms: frozen[i].batchNorms } as const;
      const found = await sourceIn(model, examples, call, options);
      if (found !== undefined) return found.own;
    }
    batchOffset += examples.shape[0];
  }
  return undefined;
}

async function sourceIn(
  model: TrainableModel,
  { inputs: values, targets: labels, shape }: Examples,
  call: Parameters<TrainableModel['forward']>[1],
  { loss: given, epoch = 0, reduction }: Pick<StepOptions, 'loss' | 'epoch' | 'reduction'>,
): Promise<{ readonly own?: string } | undefined> {
  const loss = lossInEpoch(given, epoch);
  const inputs = tensor(values, [...shape], 'float32');
  const targets = tensor2d(labels, [shape[0], labels.length / shape[0]], 'float32');
  let value = 0;
  try {
    const layer = await model.firstNotFinite?.(inputs, call);
    if (layer) {
      const title = ownLayerTitle(layer);
      return { own: title && `the ${title} gives NaN or infinity for finite inputs` };
    }
    const bad = await firstBadGradient(() => {
      const outputs = model.forward(inputs, call);
      const result: Scalar = lossValue(loss, outputs, targets, model.scale, {
        reduction,
        known: 1,
        share: 1,
      });
      [value] = result.dataSync();
      return result;
    }, model.learned.map(variableOf));
    if (!Number.isFinite(value)) {
      const title = partTitle('loss', loss);
      return { own: isOwnLoss(loss) ? `the ${title} is ${value} for finite outputs` : undefined };
    }
    return bad && { own: bad.owner && `the gradient of the ${bad.owner.title} is NaN or infinite` };
  } finally {
    inputs.dispose();
    targets.dispose();
  }
}
