import {
  efficientNetV2,
  mobileNetV3,
  tresNet,
  type EfficientNetV2Size,
  type MobileNetV3Layout,
  type MobileNetV3Size,
  type TResNetSize,
} from '@polytag/backbones';
import type { Backbone, Head } from '@polytag/core';
import { gcnHead, linearHead, mlDecoderHead } from '@polytag/heads';
import { assignParameters, type Parameter } from '@polytag/layers';
import { matchKeys } from '@polytag/model';
import { filledAs } from './fill.js';
import type { Fixtures, GoldenCase } from './fixtures.js';

/** A network as the cases name it. */
export interface PublishedModel {
  readonly backbone: Backbone;
  readonly head: Head;
  /** Keys of published layers that this network keeps but does not use. */
  readonly unused: RegExp;
}

/** A published classifier's keys under a head that has its own. */
export const CLASSIFIER = /(^|\.)(classifier|conv_head|act2|head\.fc)\./;
const NONE = /^$/;
/** EfficientNetV2 under AAM has a PReLU in its state that is not on its path. */
const UNUSED_PRELU = /(^|\.)act2\./;

/** Networks of the kinds `backbone` and `backbone_train`: `_am` was built with AAM, the others with "softmax". */
const BACKBONE_CASE = /^(.+?)(_am)?$/;
const MOBILENET_CASE = /^mobilenetv3_(large|small)(?:_(\d{3}))?_(ref|timm_miil|torchvision)$/;
const EFFICIENTNET_CASE = /^efficientnetv2_([sml])$/;
/** timm's names: its `tresnet_l` and `tresnet_xl` are the first release. */
const TRESNETS: Readonly<Record<string, TResNetSize>> = {
  tresnet_m: 'm',
  tresnet_l: 'l-v1',
  tresnet_l_v2: 'l',
  tresnet_xl: 'xl-v1',
  TResNetL: 'l',
};
const LAYOUTS: Readonly<Record<string, MobileNetV3Layout>> = {
  ref: 'reference',
  timm_miil: 'timm',
  torchvision: 'torchvision',
};

/** The authors' model names: a prefix for the head, then the backbone. */
const FULL_MODEL = /^(mld_|gcn_)?(.+)$/;
/** `_21k` and `_1k` are timm's MIIL weights, the others the authors' own. */
const MOBILENET_MODEL = /^mobilenetv3_(large|small)(?:_(21k|1k)|_(\d{3}))?$/;
const EFFICIENTNET_MODEL = /^efficientnetv2_([sml])_(?:21k|1k)$/;

const widthOf = (percent = '100'): number => Number(percent) / 100;

export function backboneCase(golden: GoldenCase): PublishedModel {
  const [, name, am] = BACKBONE_CASE.exec(golden['model'])!;
  const head = linearHead({ space: am ? 'cosines' : 'logits' });
  const mobilenet = MOBILENET_CASE.exec(name);
  if (mobilenet) {
    const [, size, width, published] = mobilenet;
    const layout = LAYOUTS[published];
    const backbone = mobileNetV3({
      size: size as MobileNetV3Size,
      layout,
      widthMultiplier: widthOf(width),
      lastActivation: am && layout === 'reference' ? 'prelu' : 'hard-swish',
    });
    return { backbone, head, unused: NONE };
  }
  const efficientnet = EFFICIENTNET_CASE.exec(name);
  if (efficientnet) {
    const backbone = efficientNetV2({ size: efficientnet[1] as EfficientNetV2Size });
    return { backbone, head, unused: UNUSED_PRELU };
  }
  if (name in TRESNETS) return { backbone: tresNet({ size: TRESNETS[name] }), head, unused: NONE };
  throw new Error(`no network is known as "${golden['model']}"`);
}

/** Of the kind `full_model`. */
export function fullModelCase(golden: GoldenCase, fixtures: Fixtures): PublishedModel {
  const [, prefix = '', name] = FULL_MODEL.exec(golden['ref_name'])!;
  const { loss, hyper } = golden;
  const backbone = fullModelBackbone(name, loss);
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
      const head = gcnHead({ space, layer, hiddenScale: hyper['hidden_dim_scale'] ?? 1, wordDimension });
      return { backbone, head, unused: CLASSIFIER };
    }
    default:
      return { backbone, head: linearHead({ space }), unused: UNUSED_PRELU };
  }
}

/** The authors' own MobileNetV3 ends in a PReLU with every loss but "softmax". */
function fullModelBackbone(name: string, loss: string): Backbone {
  const mobilenet = MOBILENET_MODEL.exec(name);
  if (mobilenet) {
    const [, size, published, width] = mobilenet;
    return mobileNetV3({
      size: size as MobileNetV3Size,
      layout: published ? 'timm' : 'reference',
      widthMultiplier: widthOf(width),
      lastActivation: published || loss === 'softmax' ? 'hard-swish' : 'prelu',
    });
  }
  const efficientnet = EFFICIENTNET_MODEL.exec(name);
  if (efficientnet) return efficientNetV2({ size: efficientnet[1] as EfficientNetV2Size });
  if (name in TRESNETS) return tresNet({ size: TRESNETS[name] });
  throw new Error(`no backbone is known as "${name}"`);
}

const groupsOf = (given: number | undefined): number => (given === undefined || given < 0 ? -1 : given);

/**
 * Gives every parameter of a network its value: stored with the case, or filled from its key. Keys are matched as weights
 * are imported, so every key list of a case is also a test of the import: each parameter must be in it, in its shape,
 * and each key but the unused ones in the network.
 */
export function loadCase(
  golden: GoldenCase,
  fixtures: Fixtures,
  parameters: readonly Parameter[],
  unused: RegExp,
): void {
  const listed = new Map(fixtures.keys(golden['keys']).map(([key, shape]) => [key, { shape }]));
  const match = matchKeys(parameters, listed);
  const leftOver = match.unused.filter((key) => !unused.test(key));
  const problems = [...match.missing, ...match.mismatched.map(({ key }) => key), ...leftOver];
  if (problems.length > 0) throw new Error(`parameters and key list differ: ${problems.join(', ')}`);
  const { not_filled: stored = [] } = golden['fill'];
  assignParameters(parameters, (name) => {
    const { storedKey: key } = match.matched.get(name)!;
    const { shape } = listed.get(key)!;
    if (!stored.includes(key)) return { shape, data: filledAs(golden['fill'], key, shape) };
    return fixtures.tensor(golden, key) as { shape: number[]; data: Float32Array };
  });
}
