import type { BackboneDefinition } from '@polytag/core';
import { efficientNetV2L, efficientNetV2M, efficientNetV2S } from './efficientnet-v2/index.js';
import { mobileNetV3Large, mobileNetV3Small } from './mobilenet-v3/index.js';
import { tresNetL, tresNetLV1, tresNetM, tresNetXL, tresNetXLV1 } from './tresnet/index.js';
import { vitB14, vitB14Reg, vitL14, vitL14Reg, vitS14, vitS14Reg } from './vit/index.js';

/** All backbones that a config file can name. */
export const backboneDefinitions: readonly BackboneDefinition[] = [
  mobileNetV3Large,
  mobileNetV3Small,
  efficientNetV2S,
  efficientNetV2M,
  efficientNetV2L,
  tresNetM,
  tresNetL,
  tresNetXL,
  tresNetLV1,
  tresNetXLV1,
  vitS14,
  vitS14Reg,
  vitB14,
  vitB14Reg,
  vitL14,
  vitL14Reg,
];
