import { HALF, IMAGENET, UNIT, type PaddingRule, type PixelNormalisation } from '@polytag/core';

/** Weights that somebody has published, and what a model must be for them to mean what they meant. */
export interface PublishedWeights {
  /** What `weights` of a config calls them: the images that they learned from. */
  readonly name: string;
  /** The backbone's name in a config. */
  readonly backbone: string;
  readonly address: string;
  /** SHA-256, or its first digits, as the file's name has them. Undefined: not published. */
  readonly sha256?: string;
  /** Size of the file in MB (10^6 bytes), where the source or the model card says it. */
  readonly megabytes?: number;
  /** Whose keys the file has: the backbone's option, where it has one. */
  readonly layout?: string;
  /** The backbone's option, where it has one. Default 1. */
  readonly widthMultiplier?: number;
  readonly padding: PaddingRule;
  /** Of batch norm. */
  readonly epsilon: number;
  /** Of the pixels that they were trained with. */
  readonly normalisation: PixelNormalisation;
  /** Side of the square images that they were trained with, pixels, where it is stated. */
  readonly imageSize?: number;
  /** Of a whole multi-label model: its head, whose options with values must be these. */
  readonly head?: {
    readonly name: string;
    readonly classes: number;
    readonly options: Readonly<Record<string, unknown>>;
  };
  /** Of the repository or model card that publishes them. The data that they were trained with may have terms of its own. */
  readonly licence: string;
  /** Where address, checksum and the rest are stated. */
  readonly source: string;
}

const TORCHVISION = {
  layout: 'torchvision',
  padding: 'symmetric',
  epsilon: 1e-3,
  normalisation: IMAGENET,
  imageSize: 224,
  licence: 'BSD-3-Clause (repository)',
  source: 'torchvision/models/mobilenetv3.py, which verifies the digits in the name',
} as const;

const TIMM_RELEASES = 'https://github.com/rwightman/pytorch-image-models/releases/download';

const TIMM_MOBILENET = {
  layout: 'timm',
  padding: 'symmetric',
  epsilon: 1e-5,
  normalisation: UNIT,
  imageSize: 224,
  licence: 'Apache-2.0 (model card)',
  source: 'timm/models/mobilenetv3.py; trained by Alibaba-MIIL/ImageNet21K',
} as const;

const TIMM_EFFICIENTNET = {
  padding: 'same',
  epsilon: 1e-3,
  normalisation: HALF,
  licence: 'Apache-2.0 (model card)',
  source: 'timm/models/efficientnet.py; converted from the TensorFlow release',
} as const;

const REFERENCE_MOBILENET = {
  name: 'imagenet',
  layout: 'reference',
  padding: 'symmetric',
  epsilon: 1e-5,
  normalisation: IMAGENET,
  licence: 'MIT (repository)',
  source: "README of d-li14/mobilenetv3.pytorch; address from the authors' code",
} as const;

const D_LI14 = 'https://github.com/d-li14/mobilenetv3.pytorch/blob/master/pretrained';

const TRESNET = { layout: 'reference', padding: 'symmetric', epsilon: 1e-5, normalisation: UNIT } as const;

const TIMM_TRESNET = {
  ...TRESNET,
  licence: 'Apache-2.0 (model card)',
  source: 'timm/models/tresnet.py, before its weights moved to Hugging Face; trained by Alibaba-MIIL/TResNet',
} as const;

const ALIBABA = 'https://miil-public-eu.oss-eu-central-1.aliyuncs.com/model-zoo';

const ML_DECODER = {
  ...TRESNET,
  licence: 'MIT (repository)',
  source: 'MODEL_ZOO.md of Alibaba-MIIL/ML_Decoder',
} as const;

const IMAGENET_21K = {
  ...TRESNET,
  name: 'imagenet21k',
  imageSize: 224,
  licence: 'not stated (repository); Apache-2.0 for the same weights at timm (model card)',
  source: 'MODEL_ZOO.md of Alibaba-MIIL/ImageNet21K',
} as const;

const ASL = {
  ...TRESNET,
  name: 'coco',
  licence: 'MIT (repository)',
  source: 'MODEL_ZOO.md of Alibaba-MIIL/ASL',
} as const;

const decoder = (classes: number, options: Readonly<Record<string, unknown>> = {}) => ({
  name: 'ml-decoder',
  classes,
  options: { space: 'logits', ...options },
});

/**
 * Published weights that the built-in backbones can start from. Of several of one name for one backbone, the first is
 * taken unless the config says another layout or width.
 *
 * Addresses, checksums and licences are as the sources state them; what is not stated is left out.
 */
export const publishedWeights: readonly PublishedWeights[] = [
  {
    ...TORCHVISION,
    name: 'imagenet',
    backbone: 'mobilenet-v3-large',
    address: 'https://download.pytorch.org/models/mobilenet_v3_large-5c1a4163.pth',
    sha256: '5c1a4163',
    megabytes: 22.1,
  },
  {
    ...TIMM_MOBILENET,
    name: 'imagenet',
    backbone: 'mobilenet-v3-large',
    address: `${TIMM_RELEASES}/v0.1-tresnet/mobilenetv3_large_100_1k_miil_78_0-66471c13.pth`,
    sha256: '66471c13',
    megabytes: 22.1,
  },
  {
    ...REFERENCE_MOBILENET,
    backbone: 'mobilenet-v3-large',
    address: `${D_LI14}/mobilenetv3-large-1cd25616.pth?raw=true`,
  },
  {
    ...REFERENCE_MOBILENET,
    backbone: 'mobilenet-v3-large',
    address: `${D_LI14}/mobilenetv3-large-0.75-9632d2a8.pth?raw=true`,
    widthMultiplier: 0.75,
  },
  {
    ...TIMM_MOBILENET,
    name: 'imagenet21k',
    backbone: 'mobilenet-v3-large',
    address: `${TIMM_RELEASES}/v0.1-tresnet/mobilenetv3_large_100_in21k_miil-d71cc17b.pth`,
    sha256: 'd71cc17b',
    megabytes: 74.5,
  },
  {
    ...TORCHVISION,
    name: 'imagenet',
    backbone: 'mobilenet-v3-small',
    address: 'https://download.pytorch.org/models/mobilenet_v3_small-047dcff4.pth',
    sha256: '047dcff4',
    megabytes: 10.3,
  },
  {
    ...REFERENCE_MOBILENET,
    backbone: 'mobilenet-v3-small',
    address: `${D_LI14}/mobilenetv3-small-55df8e1f.pth?raw=true`,
  },
  {
    ...TIMM_EFFICIENTNET,
    name: 'open-images',
    backbone: 'efficientnet-v2-s',
    address: 'https://drive.google.com/uc?export=download&id=1N0t0eShJS3L1cDiY8HTweKfPKJ55h141',
    licence: 'Apache-2.0 (repository)',
    source: "multi-label readme of the authors' deep-object-reid",
  },
  {
    ...TIMM_EFFICIENTNET,
    name: 'imagenet21k',
    backbone: 'efficientnet-v2-s',
    address: `${TIMM_RELEASES}/v0.1-effv2-weights/tf_efficientnetv2_s_21k-6337ad01.pth`,
    sha256: '6337ad01',
    megabytes: 194,
    imageSize: 300,
  },
  {
    ...TIMM_EFFICIENTNET,
    name: 'imagenet',
    backbone: 'efficientnet-v2-s',
    address: `${TIMM_RELEASES}/v0.1-effv2-weights/tf_efficientnetv2_s_21ft1k-d7dafa41.pth`,
    sha256: 'd7dafa41',
    megabytes: 86.7,
    imageSize: 300,
  },
  {
    ...TIMM_EFFICIENTNET,
    name: 'imagenet21k',
    backbone: 'efficientnet-v2-m',
    address: `${TIMM_RELEASES}/v0.1-effv2-weights/tf_efficientnetv2_m_21k-361418a2.pth`,
    sha256: '361418a2',
    megabytes: 325,
    imageSize: 384,
  },
  {
    ...TIMM_EFFICIENTNET,
    name: 'imagenet21k',
    backbone: 'efficientnet-v2-l',
    address: `${TIMM_RELEASES}/v0.1-effv2-weights/tf_efficientnetv2_l_21k-91a19ec9.pth`,
    sha256: '91a19ec9',
    imageSize: 384,
  },
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
    ...TIMM_TRESNET,
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
    ...TIMM_TRESNET,
    name: 'imagenet',
    backbone: 'tresnet-l-v1',
    address: `${TIMM_RELEASES}/v0.1-tresnet/tresnet_l_81_5-235b486c.pth`,
    sha256: '235b486c',
    imageSize: 224,
    licence: 'Apache-2.0 (model card of its 448-pixel variant)',
  },
  {
    ...TIMM_TRESNET,
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
