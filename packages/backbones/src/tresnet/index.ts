export { tresnetBlock, type TResNetBlockOptions } from './block.js';
export { tresNetL, tresNetLV1, tresNetM, tresNetSchema, tresNetXL, tresNetXLV1 } from './definitions.js';
export type { TResNetLayout } from './layout.js';
export type { TResNetPlan, TResNetSize } from './sizes.js';
export { tresnet, type TResNetOptions } from './tresnet.js';
