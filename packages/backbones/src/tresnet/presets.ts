import { UNIT } from '@polytag/core';
import { TIMM_RELEASES, type PublishedWeights } from '../published-weights.js';

const COMMON = { layout: 'reference', padding: 'symmetric', epsilon: 1e-5, normalisation: UNIT } as const;

const TIMM = {
  ...COMMON,
  licence: 'Apache-2.0 (model card)',
  source: 'timm/models/tresnet.py, before its weights moved to Hugging Face; trained by Alibaba-MIIL/TResNet',
} as const;

const ALIBABA = 'https://miil-public-eu.oss-eu-central-1.aliyuncs.com/model-zoo';

const ML_DECODER = {
  ...COMMON,
  licence: 'MIT (repository)',
  source: 'MODEL_ZOO.md of Alibaba-MIIL/ML_Decoder',
} as const;

const IMAGENET_21K = {
  ...COMMON,
  name: 'imagenet21k',
  imageSize: 224,
  licence: 'not stated (repository); Apache-2.0 for the same weights at timm (model card)',
  source: 'MODEL_ZOO.md of Alibaba-MIIL/ImageNet21K',
} as const;

const ASL = {
  ...COMMON,
  name: 'coco',
  licence: 'MIT (repository)',
  source: 'MODEL_ZOO.md of Alibaba-MIIL/ASL',
} as const;

const decoder = (classes: number, options: Readonly<Record<string, unknown>> = {}) => ({
  name: 'ml-decoder',
  classes,
  options: { space: 'logits', ...options },
});

/** Published weights of TResNet. Of several of one name for one backbone, the first is the default. */
export const tresNetPresets: readonly PublishedWeights[] = [
  {
    ...ML_DECODER,
    name: 'coco',
    backbone: 'tresnet-m',
    address: `${ALIBABA}/ML_Decoder/tresnet_m_COCO_224_84_2.pth`,
    imageSize: 224,
    head: decoder(80),
  },
  {
    ...ML_DECODER,
    name: 'open-images',
    backbone: 'tresnet-m',
    address: `${ALIBABA}/ML_Decoder/tresnet_m_open_images_200_groups_86_8.pth`,
    imageSize: 224,
    head: decoder(9605, { groups: 200 }),
  },
  {
    ...IMAGENET_21K,
    backbone: 'tresnet-m',
    address: `${ALIBABA}/ImageNet_21K_P/models/tresnet_m_miil_21k.pth`,
  },
  {
    ...TIMM,
    name: 'imagenet',
    backbone: 'tresnet-m',
    address: `${TIMM_RELEASES}/v0.1-tresnet/tresnet_m_80_8-dbc13962.pth`,
    sha256: 'dbc13962',
    imageSize: 224,
  },
  {
    ...ML_DECODER,
    name: 'ml-decoder',
    backbone: 'tresnet-l',
    address: `${ALIBABA}/ML_Decoder/tresnet_l_pretrain_ml_decoder.pth`,
    source: "default of train.py of Alibaba-MIIL/ML_Decoder: what its and the paper's training starts from",
  },
  {
    ...ML_DECODER,
    name: 'coco',
    backbone: 'tresnet-l',
    address: `${ALIBABA}/ML_Decoder/tresnet_l_COCO__448_90_0.pth`,
    imageSize: 448,
    head: decoder(80),
  },
  {
    ...IMAGENET_21K,
    backbone: 'tresnet-l',
    address: `${ALIBABA}/ImageNet_21K_P/models/tresnet_l_v2_miil_21k.pth`,
  },
  {
    ...ML_DECODER,
    name: 'coco',
    backbone: 'tresnet-xl',
    address: `${ALIBABA}/ML_Decoder/tresnet_xl_COCO_640_91_4.pth`,
    imageSize: 640,
    head: decoder(80),
  },
  {
    ...TIMM,
    name: 'imagenet',
    backbone: 'tresnet-l-v1',
    address: `${TIMM_RELEASES}/v0.1-tresnet/tresnet_l_81_5-235b486c.pth`,
    sha256: '235b486c',
    imageSize: 224,
    licence: 'Apache-2.0 (model card of its 448-pixel variant)',
  },
  {
    ...TIMM,
    name: 'imagenet-448',
    backbone: 'tresnet-l-v1',
    address: `${TIMM_RELEASES}/v0.1-tresnet/tresnet_l_448-940d0cd1.pth`,
    sha256: '940d0cd1',
    imageSize: 448,
  },
  {
    ...ASL,
    backbone: 'tresnet-l-v1',
    address: `${ALIBABA}/ASL/MS_COCO_TRresNet_L_448_86.6.pth`,
    imageSize: 448,
    head: { name: 'linear', classes: 80, options: { space: 'logits' } },
  },
];
