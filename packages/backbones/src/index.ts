export { buildBackbone } from './build-backbone.js';
export { backboneDefinitions } from './definitions.js';
export {
  efficientNetV2,
  efficientNetV2L,
  efficientNetV2M,
  efficientNetV2S,
  efficientNetV2Schema,
  type EfficientNetV2Options,
  type EfficientNetV2Size,
} from './efficientnet-v2/index.js';
export {
  mobileNetV3,
  mobileNetV3Large,
  mobileNetV3Schema,
  mobileNetV3Small,
  type MobileNetV3Layout,
  type MobileNetV3Options,
  type MobileNetV3Size,
} from './mobilenet-v3/index.js';
export { normalisationSchema } from './normalisation-schema.js';
export {
  tresNet,
  tresNetBlock,
  tresNetL,
  tresNetLV1,
  tresNetM,
  tresNetSchema,
  tresNetXL,
  tresNetXLV1,
  type TResNetBlockOptions,
  type TResNetLayout,
  type TResNetOptions,
  type TResNetSize,
} from './tresnet/index.js';
export {
  interpolatePositions,
  POSITION_RULES,
  vit,
  vitB14,
  vitB14Reg,
  vitL14,
  vitL14Reg,
  vitS14,
  vitS14Reg,
  vitSchema,
  ViTTokens,
  type PositionRule,
  type ViTOptions,
  type ViTPlan,
  type ViTSize,
  type ViTTokensOptions,
} from './vit/index.js';
