import { mobilenetV3, type MobileNetV3Layout, type MobileNetV3Size } from '@polytag/backbones';
import type { Backbone, Head } from '@polytag/core';
import { graphHead, linearHead, mlDecoderHead } from '@polytag/heads';
import { assignParameters, type Parameter } from '@polytag/layers';
import { filled } from './fill.js';
import type { Fixtures, GoldenCase } from './fixtures.js';

/** A network as the cases name it. */
export interface PublishedModel {
  readonly backbone: Backbone;
  readonly head: Head;
  /** Keys of published layers that this network keeps but does not use. */
  readonly unused: RegExp;
}

/** A published classifier's keys under a head that has its own. */
const CLASSIFIER = /^(classifier|conv_head|act2)\./;
const NONE = /^$/;

const BACKBONE_CASE = /^mobilenetv3_(large|small)(?:_(\d{3}))?_(ref|timm_miil|torchvision)(_am)?$/;
const LAYOUTS: Readonly<Record<string, MobileNetV3Layout>> = {
  ref: 'reference',
  timm_miil: 'timm',
  torchvision: 'torchvision',
};

/** The authors' model names (method section 3.5): `_21k` and `_1k` are timm's MIIL weights, the others their own. */
const FULL_MODEL = /^(mld_|gcn_)?mobilenetv3_(large|small)(?:_(21k|1k)|_(\d{3}))?$/;

/** Why a case's network cannot be built yet, or undefined. */
export function missingPart(golden: GoldenCase): string | undefined {
  const name = String(golden['model'] ?? golden['ref_name']);
  if (name.includes('efficientnet')) return 'needs EfficientNetV2';
  if (name.toLowerCase().includes('tresnet')) return 'needs TResNet';
  return BACKBONE_CASE.test(name) || FULL_MODEL.test(name) ? undefined : `needs ${name}`;
}

/** Of the kinds `backbone` and `backbone_train`: built with loss "softmax", or with AAM when the name ends in `_am`. */
export function backboneCase(golden: GoldenCase): PublishedModel {
  const [, size, width = '100', layoutName, am] = BACKBONE_CASE.exec(golden['model'])!;
  const layout = LAYOUTS[layoutName];
  const backbone = mobilenetV3({
    size: size as MobileNetV3Size,
    layout,
    widthMultiplier: Number(width) / 100,
    lastActivation: am && layout === 'reference' ? 'prelu' : 'hard-swish',
  });
  return { backbone, head: linearHead({ space: am ? 'cosines' : 'logits' }), unused: NONE };
}

/** Of the kind `full_model`. The authors' own backbone ends in a PReLU with every loss but "softmax". */
export function fullModelCase(golden: GoldenCase, fixtures: Fixtures): PublishedModel {
  const [, prefix = '', size, published, width = '100'] = FULL_MODEL.exec(golden['ref_name'])!;
  const { loss, hyper } = golden;
  const backbone = mobilenetV3({
    size: size as MobileNetV3Size,
    layout: published ? 'timm' : 'reference',
    widthMultiplier: Number(width) / 100,
    lastActivation: published || loss === 'softmax' ? 'hard-swish' : 'prelu',
  });
  const space = loss === 'am_binary' ? 'cosines' : 'logits';
  switch (prefix) {
    case 'mld_':
      return {
        backbone,
        head: mlDecoderHead({ space, groups: groupsOf(hyper['num_of_groups']) }),
        unused: CLASSIFIER,
      };
    case 'gcn_': {
      const layer = hyper['layer_type'] === 'gan' ? 'gat' : 'gcn';
      const wordDimension = fixtures.tensor(golden, 'inp').shape[1];
      const head = graphHead({ space, layer, hiddenScale: hyper['hidden_dim_scale'] ?? 1, wordDimension });
      return { backbone, head, unused: CLASSIFIER };
    }
    default:
      return { backbone, head: linearHead({ space }), unused: NONE };
  }
}

const groupsOf = (given: number | undefined): number => (given === undefined || given < 0 ? -1 : given);

/** Wrappers of the authors' models, which our keys do not have. */
const WRAPPER = /^(backbone\.model\.|backbone\.|model\.)/;

/**
 * Gives every parameter of a network its value: stored with the case, or filled from its key. Every parameter must
 * be in the key list, and every key but the unused ones in the network.
 */
export function loadCase(
  golden: GoldenCase,
  fixtures: Fixtures,
  parameters: readonly Parameter[],
  unused: RegExp,
): void {
  const listed = new Map(
    fixtures.keys(golden['keys']).map(([key, shape]) => [key.replace(WRAPPER, ''), { key, shape }]),
  );
  const { salt, gain, not_filled: stored = [] } = golden['fill'];
  const report = assignParameters(parameters, (name) => {
    const found = listed.get(name);
    if (!found) return undefined;
    const { key, shape } = found;
    if (!stored.includes(key)) return { shape, data: filled(salt, gain, key, shape) };
    return fixtures.tensor(golden, key) as { shape: number[]; data: Float32Array };
  });
  const known = new Set(report.matched);
  const leftOver = [...listed.keys()].filter(
    (name) => !known.has(name) && !name.endsWith('num_batches_tracked') && !unused.test(name),
  );
  const problems = [...report.missing, ...report.mismatched.map(({ key }) => key), ...leftOver];
  if (problems.length > 0) throw new Error(`parameters and key list differ: ${problems.join(', ')}`);
}
