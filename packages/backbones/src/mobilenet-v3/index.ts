export {
  mobileNetV3,
  mobileNetV3Large,
  mobileNetV3Schema,
  mobileNetV3Small,
  type MobileNetV3Options,
} from './mobilenet-v3.js';
export type { MobileNetV3Layout } from './plan.js';
export type { MobileNetV3Size } from './sizes.js';
