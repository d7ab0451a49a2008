export { checkBackbone, type CheckBackboneOptions } from './backbone/check-backbone.js';
export { checkHead, type CheckHeadOptions } from './head/check-head.js';
export { checkLoss, type CheckLossOptions } from './loss/check-loss.js';
export { ConformanceError } from './rules/conformance-error.js';
