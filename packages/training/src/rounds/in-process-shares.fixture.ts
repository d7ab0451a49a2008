import { imagesOfShare, type BatchSource, type Loss, type Share } from '@polytag/core';
import type { MultiLabelModel } from '@polytag/model';
import type { AuxiliaryModel } from '../fit/trainable-models.js';
import { trainingSettingsSchema, type TrainingSettingsInput } from '../settings/training-settings.js';
import { wholeBatchOf } from '../step/gradients.js';
import type { Round, ShareResult, ShareTrainer } from './round.js';
import { trainShare } from './train-share.js';

/** The share of every batch of a source, as `batchPlan` of @polytag/datasets divides them. */
export function shareOf(source: BatchSource, share: Share): BatchSource {
  return {
    ...source,
    async *epoch(epoch, options) {
      for await (const batch of source.epoch(epoch, options)) {
        const { inputs, targets, indices, shape } = batch;
        const [images, ...rest] = shape;
        const { from, to } = imagesOfShare(images, share);
        const part = <Values extends Float32Array | Uint32Array>(values: Values) =>
          values.subarray((from * values.length) / images, (to * values.length) / images) as Values;
        yield {
          inputs: part(inputs),
          targets: part(targets),
          indices: part(indices),
          shape: [to - from, ...rest],
          part: { ...wholeBatchOf(batch), before: from },
        };
      }
    },
  };
}

export interface InProcessOptions {
  readonly shares: number;
  /** Models of another machine: their weights do not matter. */
  readonly build: () => Promise<{
    readonly model: MultiLabelModel;
    readonly auxiliary?: readonly AuxiliaryModel[];
  }>;
  readonly loss: Loss;
  readonly train: BatchSource;
  readonly settings: TrainingSettingsInput;
}

/** Trains shares one after the other, each with models of its own. What they left is kept here. */
export class InProcessShares implements ShareTrainer {
  /** Rounds that were asked for. */
  readonly rounds: Round[] = [];
  readonly #left = new Map<string, Uint8Array>();

  constructor(private readonly options: InProcessOptions) {}

  async train(round: Round): Promise<ShareResult[]> {
    const { shares, build, loss, train, settings } = this.options;
    const results: ShareResult[] = [];
    for (let index = 0; index < shares; index++) {
      const built = await build();
      const { weights, optimisers, ...share } = await trainShare({
        ...built,
        loss,
        train: shareOf(train, { index, count: shares }),
        settings: { ...trainingSettingsSchema.parse({ ...settings, machines: false }), replicas: 1 },
        round,
        optimisers: round.states && this.#left.get(String(round.states[index])),
      });
      [built.model, ...(built.auxiliary ?? []).map(({ model }) => model)].forEach((one) => one.dispose());
      const state = `${round.step}/${index}`;
      this.#left.set(state, optimisers);
      results.push({ ...share, weights: async () => weights, state });
    }
    this.rounds.push(round);
    return results;
  }
}
