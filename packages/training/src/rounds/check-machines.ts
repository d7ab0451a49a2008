import { counted, UsageError, type BatchSource, type Loss } from '@polytag/core';
import type { TrainingSettings } from '../settings/training-settings.js';
import type { ShareTrainer } from './round.js';

/**
 * Refuses what rounds cannot train.
 *
 * @throws UsageError `usage/machines`
 */
export function checkMachines(
  {
    loss,
    train,
    shares: trainer,
  }: { readonly loss: Loss; readonly train: BatchSource; readonly shares?: ShareTrainer },
  { machines }: TrainingSettings,
): void {
  if (!machines) return;
  const batchSize = Math.round(train.size / train.batchesPerEpoch);
  if (!trainer) {
    throw new UsageError('usage/machines', 'training.machines is set, and nothing here trains shares.', {
      hint: 'polytag-train fit does. Here: --set training.machines=false, and training.replicas for all cores.',
    });
  }
  if (machines.shares > train.size / train.batchesPerEpoch) {
    throw new UsageError(
      'usage/machines',
      `training.machines divides each batch into ${counted(machines.shares, 'share')}, and one has ${counted(batchSize, 'image')}.`,
      { hint: 'Take fewer shares or larger batches.' },
    );
  }
  if (loss.kind === 'batchwise' && loss.parts !== 'averaged' && machines.shares > 1) {
    throw new UsageError(
      'usage/machines',
      `The loss ${loss.name} needs whole batches, and training.machines divides them.`,
      { hint: 'Take another loss, or train on one machine: --set training.machines=false' },
    );
  }
}
