export { interpolatePositions, POSITION_RULES, type PositionRule } from './position-table.js';
export type { ViTPlan, ViTSize } from './sizes.js';
export {
  vit,
  vitB14,
  vitB14Reg,
  vitL14,
  vitL14Reg,
  vitS14,
  vitS14Reg,
  vitSchema,
  type ViTOptions,
} from './vit.js';
export { ViTTokens, type ViTTokensOptions } from './vit-tokens.js';
