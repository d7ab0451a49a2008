export { efficientNetV2L, efficientNetV2M, efficientNetV2S, efficientNetV2Schema } from './definitions.js';
export { efficientnetV2, type EfficientNetV2Options } from './efficientnet-v2.js';
export type { EfficientNetV2Size, Stage } from './stages.js';
