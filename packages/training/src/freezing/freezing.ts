import { UsageError } from '@polytag/core';
import type { Parameter } from '@polytag/layers';
import type { TrainingSettings } from '../settings/training-settings.js';
import { checkSelectors, isSelected, type SelectableModel } from './select-parameters.js';

/** What does not learn. */
export interface Frozen {
  /** Keys of parameters. */
  readonly parameters: ReadonlySet<string>;
  /** Names of batch norms that use their running statistics and leave them alone. */
  readonly batchNorms: ReadonlySet<string>;
}

/** What of a model is frozen, and when. */
export interface Freezing {
  /** Throughout the run. */
  readonly always: Frozen;
  /** In an epoch, counted from 0. */
  during(epoch: number): Frozen;
}

const NOTHING: Frozen = { parameters: new Set(), batchNorms: new Set() };

/** Everything learns, in every epoch. */
export const neverFrozen: Freezing = { always: NOTHING, during: () => NOTHING };

export type FreezingSettings = Pick<
  TrainingSettings,
  'freeze' | 'freezeEpochs' | 'frozenBatchNorm' | 'rateFactors'
>;

/**
 * @param path what errors call the settings
 * @throws UsageError `usage/unknown-layer` when a setting names a layer that is not there; `usage/all-frozen` when
 *   nothing is left to learn
 */
export function freezingFrom(
  model: SelectableModel,
  settings: FreezingSettings,
  path = 'training',
): Freezing {
  const { freeze, freezeEpochs, frozenBatchNorm, rateFactors } = settings;
  checkSelectors(model, `${path}.freeze`, freeze);
  checkSelectors(model, `${path}.rateFactors`, Object.keys(rateFactors));
  const frozen = (selectors: readonly string[], what: string): Frozen => {
    const selected = model.parameters.filter(({ key }) =>
      selectors.some((selector) => isSelected(model, selector, key)),
    );
    const parameters = new Set(selected.filter(({ buffer }) => !buffer).map(({ key }) => key));
    if (model.parameters.every(({ key, buffer, trainable }) => buffer || !trainable || parameters.has(key))) {
      throw new UsageError(
        'usage/all-frozen',
        `${what} freezes the whole model: there is nothing to train.`,
        {
          hint: "Freeze less: with --set 'training.freeze=[backbone]' the head is trained.",
        },
      );
    }
    const batchNorms = frozenBatchNorm === 'running' ? layersWithout(model.parameters, parameters) : [];
    return { parameters, batchNorms: new Set(batchNorms) };
  };
  const always = frozen(freeze, `${path}.freeze`);
  const atFirst =
    freezeEpochs > 0
      ? frozen([...freeze, 'backbone'], `${path}.freezeEpochs, which freezes the backbone,`)
      : always;
  return { always, during: (epoch) => (epoch < freezeEpochs ? atFirst : always) };
}

/** Layers with running statistics whose other parameters are all frozen. */
function layersWithout(parameters: readonly Parameter[], frozen: ReadonlySet<string>): string[] {
  const layers = new Set(parameters.filter(({ buffer }) => buffer).map(({ key }) => layerOf(key)));
  const learning = new Set(
    parameters.filter(({ key, buffer }) => !buffer && !frozen.has(key)).map(({ key }) => layerOf(key)),
  );
  return [...layers].filter((layer) => !learning.has(layer));
}

/** Whether a parameter, or the running statistics of a batch norm, stays as it is. */
export function isFrozen({ parameters, batchNorms }: Frozen, key: string): boolean {
  return parameters.has(key) || batchNorms.has(layerOf(key));
}

/** The name of the layer that a key belongs to. */
const layerOf = (key: string): string => key.slice(0, key.lastIndexOf('.'));
