import { HALF } from '@polytag/core';
import { TIMM_RELEASES, type PublishedWeights } from '../published-weights.js';

const TIMM = {
  padding: 'same',
  epsilon: 1e-3,
  normalisation: HALF,
  licence: 'Apache-2.0 (model card)',
  source: 'timm/models/efficientnet.py; converted from the TensorFlow release',
} as const;

/** Published weights of EfficientNetV2. Of several of one name for one backbone, the first is the default. */
export const efficientNetV2Presets: readonly PublishedWeights[] = [
  {
    ...TIMM,
    name: 'open-images',
    backbone: 'efficientnet-v2-s',
    address: 'https://drive.google.com/uc?export=download&id=1N0t0eShJS3L1cDiY8HTweKfPKJ55h141',
    licence: 'Apache-2.0 (repository)',
    source: "multi-label readme of the authors' deep-object-reid",
  },
  {
    ...TIMM,
    name: 'imagenet21k',
    backbone: 'efficientnet-v2-s',
    address: `${TIMM_RELEASES}/v0.1-effv2-weights/tf_efficientnetv2_s_21k-6337ad01.pth`,
    sha256: '6337ad01',
    megabytes: 194,
    imageSize: 300,
  },
  {
    ...TIMM,
    name: 'imagenet',
    backbone: 'efficientnet-v2-s',
    address: `${TIMM_RELEASES}/v0.1-effv2-weights/tf_efficientnetv2_s_21ft1k-d7dafa41.pth`,
    sha256: 'd7dafa41',
    megabytes: 86.7,
    imageSize: 300,
  },
  {
    ...TIMM,
    name: 'imagenet21k',
    backbone: 'efficientnet-v2-m',
    address: `${TIMM_RELEASES}/v0.1-effv2-weights/tf_efficientnetv2_m_21k-361418a2.pth`,
    sha256: '361418a2',
    megabytes: 325,
    imageSize: 384,
  },
  {
    ...TIMM,
    name: 'imagenet21k',
    backbone: 'efficientnet-v2-l',
    address: `${TIMM_RELEASES}/v0.1-effv2-weights/tf_efficientnetv2_l_21k-91a19ec9.pth`,
    sha256: '91a19ec9',
    imageSize: 384,
  },
];
