export { buildBackbone } from './build-backbone.js';
export { backboneDefinitions } from './definitions.js';
export {
  mobilenetV3,
  mobileNetV3Large,
  mobileNetV3Schema,
  mobileNetV3Small,
  type MobileNetV3Layout,
  type MobileNetV3Options,
  type MobileNetV3Size,
} from './mobilenet-v3/index.js';
