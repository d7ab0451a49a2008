export {
  efficientNetV2,
  efficientNetV2L,
  efficientNetV2M,
  efficientNetV2S,
  efficientNetV2Schema,
  type EfficientNetV2Options,
} from './efficientnet-v2.js';
export type { EfficientNetV2Size, Stage } from './sizes.js';
