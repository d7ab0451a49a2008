import { UsageError, type Loss } from '@polytag/core';
import { assertSameSpace, resolvePart } from '@polytag/model';
import { assertLearns } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';
import type { RunContext } from './run-context.js';

/**
 * Loads every part that a config names, so that what cannot work is refused before any data is read.
 *
 * @throws UsageError `usage/frozen-backbone`
 * @returns the loss
 */
export async function loadParts(config: RunConfig, { source, baseFolder }: RunContext): Promise<Loss> {
  checkFeatures(config);
  const place = { source, baseFolder };
  const { height, width } = config.data;
  const ofBackbone = { ...place, defaults: { inputHeight: height, inputWidth: width } };
  const { part: loss } = await resolvePart('loss', config.loss, place);
  for (const { head, backbone } of [config.model, ...config.mutual.models]) {
    assertSameSpace((await resolvePart('head', head, place)).part, loss);
    const { part } = await resolvePart('backbone', backbone, ofBackbone);
    if (!config.training.features) assertLearns(part);
  }
  return loss;
}

/**
 * What cannot be trained on cached features, told before any data is read.
 *
 * @throws UsageError `usage/features-augment`, `usage/features-auxiliary`
 */
function checkFeatures({ data, mutual, training: { features } }: RunConfig): void {
  if (!features) return;
  if (mutual.models.length > 0) {
    throw new UsageError(
      'usage/features-auxiliary',
      'training.features caches features of one backbone, but the models of mutual.models have their own backbones.',
      { hint: 'Add --set training.features=false, or --set mutual.models=[]' },
    );
  }
  const changes = Object.entries(data.augment).filter(([, settings]) => settings !== false);
  const refused = changes.find(([name]) => name === 'mix' || features.views === undefined);
  if (!refused) return;
  const [name] = refused;
  throw new UsageError(
    'usage/features-augment',
    `data.augment.${name} does not work with training.features: it makes new images in every epoch.`,
    {
      hint:
        name === 'mix'
          ? 'Add --set data.augment.mix=false, or train on images: --set training.features=false'
          : `Add --set data.augment.${name}=false, or cache several augmented views of each image: --set 'training.features={views: 4}'`,
    },
  );
}
