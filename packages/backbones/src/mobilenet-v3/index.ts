export { mobileNetV3Large, mobileNetV3Schema, mobileNetV3Small } from './definitions.js';
export { mobilenetV3, type MobileNetV3Options } from './mobilenet-v3.js';
export type { MobileNetV3Layout } from './plan.js';
export type { MobileNetV3Size } from './rows.js';
