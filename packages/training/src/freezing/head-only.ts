import { UsageError, type Backbone, type InputKind } from '@polytag/core';
import type { FreezingSettings } from './freezing.js';

/**
 * Settings for inputs of a kind: where these are feature maps, the backbone is frozen.
 *
 * @throws UsageError `usage/frozen-backbone` when images would train a backbone that cannot learn; UsageError `usage/features-auxiliary` when other models, which have backbones of their own, learn from the
 *   same batches; `usage/features-batch-norm` when the backbone's batch norms were to use the statistics of the batch
 */
export function headOnly<Settings extends FreezingSettings>(
  settings: Settings,
  kind: InputKind,
  backbones: readonly Backbone[],
): Settings {
  if (kind !== 'feature-maps') {
    for (const backbone of backbones) assertLearns(backbone);
    return settings;
  }
  if (backbones.length > 1) {
    throw new UsageError(
      'usage/features-auxiliary',
      'Cached features come from one backbone, but models that learn from each other have their own backbones.',
      { hint: 'Train on images, or without auxiliary models.' },
    );
  }
  if (settings.frozenBatchNorm === 'batch') {
    throw new UsageError(
      'usage/features-batch-norm',
      'training.frozenBatchNorm is "batch", but cached features need running statistics.',
      {
        hint: 'Add --set training.frozenBatchNorm=running, or train on images: --set training.features=false',
      },
    );
  }
  return { ...settings, freeze: [...new Set([...settings.freeze, 'backbone'])] };
}

/**
 * Throws if the backbone is frozen and would be trained on images.
 *
 * @throws UsageError `usage/frozen-backbone`
 */
export function assertLearns({ name, frozen }: Backbone): void {
  if (frozen === undefined) return;
  throw new UsageError('usage/frozen-backbone', `The backbone "${name}" cannot be trained: ${frozen}.`, {
    hint: 'Train its head on cached features: --set training.features=true',
  });
}
