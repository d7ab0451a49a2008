export { tresNetBlock, type TResNetBlockOptions } from './block.js';
export type { TResNetLayout } from './layouts.js';
export type { TResNetPlan, TResNetSize } from './sizes.js';
export {
  tresNet,
  tresNetL,
  tresNetLV1,
  tresNetM,
  tresNetSchema,
  tresNetXL,
  tresNetXLV1,
  type TResNetOptions,
} from './tresnet.js';
