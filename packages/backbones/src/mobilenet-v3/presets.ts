import { IMAGENET, UNIT } from '@polytag/core';
import { TIMM_RELEASES, type PublishedWeights } from '../published-weights.js';

const TORCHVISION = {
  layout: 'torchvision',
  padding: 'symmetric',
  epsilon: 1e-3,
  normalisation: IMAGENET,
  imageSize: 224,
  licence: 'BSD-3-Clause (repository)',
  source: 'torchvision/models/mobilenetv3.py, which verifies the digits in the name',
} as const;

const TIMM = {
  layout: 'timm',
  padding: 'symmetric',
  epsilon: 1e-5,
  normalisation: UNIT,
  imageSize: 224,
  licence: 'Apache-2.0 (model card)',
  source: 'timm/models/mobilenetv3.py; trained by Alibaba-MIIL/ImageNet21K',
} as const;

const REFERENCE = {
  name: 'imagenet',
  layout: 'reference',
  padding: 'symmetric',
  epsilon: 1e-5,
  normalisation: IMAGENET,
  licence: 'MIT (repository)',
  source: "README of d-li14/mobilenetv3.pytorch; address from the authors' code",
} as const;

const D_LI14 = 'https://github.com/d-li14/mobilenetv3.pytorch/blob/master/pretrained';

/** Published weights of MobileNetV3. Of several of one name for one backbone, the first is the default. */
export const mobileNetV3Presets: readonly PublishedWeights[] = [
  {
    ...TORCHVISION,
    name: 'imagenet',
    backbone: 'mobilenet-v3-large',
    address: 'https://download.pytorch.org/models/mobilenet_v3_large-5c1a4163.pth',
    sha256: '5c1a4163',
    megabytes: 22.1,
  },
  {
    ...TIMM,
    name: 'imagenet',
    backbone: 'mobilenet-v3-large',
    address: `${TIMM_RELEASES}/v0.1-tresnet/mobilenetv3_large_100_1k_miil_78_0-66471c13.pth`,
    sha256: '66471c13',
    megabytes: 22.1,
  },
  {
    ...REFERENCE,
    backbone: 'mobilenet-v3-large',
    address: `${D_LI14}/mobilenetv3-large-1cd25616.pth?raw=true`,
  },
  {
    ...REFERENCE,
    backbone: 'mobilenet-v3-large',
    address: `${D_LI14}/mobilenetv3-large-0.75-9632d2a8.pth?raw=true`,
    widthMultiplier: 0.75,
  },
  {
    ...TIMM,
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
    ...REFERENCE,
    backbone: 'mobilenet-v3-small',
    address: `${D_LI14}/mobilenetv3-small-55df8e1f.pth?raw=true`,
  },
];
