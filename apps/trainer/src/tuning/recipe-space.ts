import type { Dimension, Settings } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';

/** Losses that a search chooses from, with the space that they are defined on. */
const LOSSES = {
  bce: 'logits',
  asl: 'logits',
  'aam-asl': 'cosines',
  hill: 'logits',
  splc: 'logits',
  'two-way': 'logits',
} as const;
type LossName = keyof typeof LOSSES;

/** Heads; the first is the linear head with the published hidden layer, where the backbone has one. */
const HEADS = ['linear', 'linear without hidden layer', 'csra', 'gcn'] as const;

const SAM = ['none', '0.05', '0.1'] as const;

export interface SpaceOptions {
  /** Sides of the images to choose from. Default: the config's height and width stay. */
  readonly sizes?: readonly number[];
  /**
   * Numbers of cached views of each training image to choose from, changed as `data.augment` says; 1 is the image as it is,
   * with its mirror image. Default: the config's views stay.
   */
  readonly views?: readonly number[];
}

/**
 * What a search chooses for a config: head, loss, their options, learning rate, weight decay, SAM, and size and views where
 * several are given. A head from a module stays; a graph head takes part where the config has a label graph.
 */
export function recipeSpace(
  { model }: RunConfig,
  { sizes = [], views = [] }: SpaceOptions = {},
): Dimension[] {
  const isOwnHead = 'module' in model.head;
  const heads = HEADS.filter((head) => head !== 'gcn' || model.labelGraph !== undefined);
  const losses = Object.keys(LOSSES);
  const number = (
    name: string,
    [min, max]: readonly [number, number],
    log: boolean,
    loss: LossName,
  ): Dimension => ({
    name,
    kind: 'number',
    min,
    max,
    log,
    when: { name: 'loss', is: [loss] },
  });
  return [
    ...(sizes.length > 1 ? [{ name: 'size', kind: 'choice', choices: sizes.map(String) } as const] : []),
    ...(views.length > 1 ? [{ name: 'views', kind: 'choice', choices: views.map(String) } as const] : []),
    ...(isOwnHead ? [] : ownChoices(heads, losses)),
    ...(isOwnHead
      ? []
      : [
          number('scale', [8, 40], true, 'aam-asl'),
          number('k', [0.5, 1], false, 'aam-asl'),
          number('margin', [0, 0.3], false, 'aam-asl'),
          number('gammaNeg', [0, 4], false, 'asl'),
          number('probabilityMargin', [0, 0.1], false, 'asl'),
          number('lambda', [1, 2], false, 'hill'),
          number('threshold', [0.5, 0.95], false, 'splc'),
          number('positiveTemperature', [1, 8], true, 'two-way'),
        ]),
    // What rate is right depends on the loss most of all.
    ...(isOwnHead
      ? [{ name: 'rate', kind: 'number', min: 1e-4, max: 3e-2, log: true } as const]
      : (Object.keys(LOSSES) as LossName[]).map((loss) => number(`rate ${loss}`, [1e-4, 3e-2], true, loss))),
    { name: 'weightDecay', kind: 'number', min: 1e-5, max: 1e-2, log: true },
    { name: 'sam', kind: 'choice', choices: SAM },
  ];
}

const ownChoices = (heads: readonly string[], losses: readonly string[]): Dimension[] => [
  { name: 'head', kind: 'choice', choices: heads },
  { name: 'attention', kind: 'number', min: 0.1, max: 1, when: { name: 'head', is: ['csra'] } },
  { name: 'temperatures', kind: 'choice', choices: ['1', '1 max'], when: { name: 'head', is: ['csra'] } },
  { name: 'loss', kind: 'choice', choices: losses },
];

/** Settings as a person writes numbers: three digits. */
export function rounded(settings: Settings): Settings {
  const short = (value: number | string) =>
    typeof value === 'number' ? Number(value.toPrecision(3)) : value;
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, short(value)]));
}

/**
 * The settings as assignments of `--set`; none for the config as it is.
 *
 * @param cache folder of cached features that the config names
 */
export function assignmentsOf(settings: Settings, cache?: string): string[] {
  const { size, views, head, loss, weightDecay, sam } = settings;
  const rate = settings['rate'] ?? settings[`rate ${loss}`];
  const assigned: Record<string, unknown> = {
    ...(size !== undefined && { 'data.height': Number(size), 'data.width': Number(size) }),
    ...(views !== undefined && viewsOf(Number(views), cache)),
    ...(head !== undefined && { 'model.head': headOf(settings) }),
    ...(loss !== undefined && { loss: lossOf(settings) }),
    ...(rate !== undefined && { 'training.learningRate': rate }),
    ...(weightDecay !== undefined && { 'training.weightDecay': weightDecay }),
    ...(sam !== undefined && { 'training.sam': sam === 'none' ? false : { rho: Number(sam) } }),
  };
  // JSON is YAML.
  return Object.entries(assigned).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
}

/** As a whole, since the config may have `features: true`. */
function viewsOf(views: number, cache: string | undefined): Record<string, unknown> {
  const kept = cache === undefined ? {} : { cache };
  return views === 1
    ? { 'data.augment': {}, 'training.features': kept }
    : { 'training.features': { ...kept, views } };
}

function headOf({ head, loss, scale, attention, temperatures }: Settings): object {
  const space = LOSSES[loss as LossName];
  const angular = space === 'cosines' ? { space, scale } : { space };
  switch (head as (typeof HEADS)[number]) {
    case 'linear':
      return { name: 'linear', options: angular };
    case 'linear without hidden layer':
      return { name: 'linear', options: { ...angular, hidden: 'none' } };
    case 'gcn':
      return { name: 'gcn', options: angular };
    case 'csra': {
      const each = String(temperatures).split(' ').map((one) => (one === 'max' ? one : Number(one))); // prettier-ignore
      return { name: 'csra', options: { ...angular, lambda: attention, temperatures: each } };
    }
  }
}

function lossOf(settings: Settings): object {
  const { k, margin, gammaNeg, probabilityMargin, lambda, threshold, positiveTemperature } = settings;
  const name = settings['loss'] as LossName;
  const options: Record<LossName, object> = {
    bce: {},
    asl: { gammaNeg, gammaPos: 0, probabilityMargin },
    'aam-asl': { margin, k, gammaNeg: 0, gammaPos: 0 },
    hill: { lambda },
    splc: { threshold },
    'two-way': { positiveTemperature },
  };
  return { name, options: options[name] };
}
