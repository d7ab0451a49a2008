import type { LossDefinition } from '@polytag/core';
import { aamAslDefinition } from './aam-asl/index.js';
import { aslDefinition } from './asl/index.js';
import { bceDefinition } from './bce/index.js';

export {
  aamAsl,
  aamAslDefinition,
  asymmetricAngularMargin,
  type AsymmetricAngularMarginOptions,
} from './aam-asl/index.js';
export { asl, aslDefinition, asymmetricLoss, type AsymmetricLossOptions } from './asl/index.js';
export { bce, bceDefinition, binaryCrossEntropy, type BinaryCrossEntropyOptions } from './bce/index.js';
export { mutualKl, mutualLearningTerm, type ScaledOutputs } from './mutual-kl/index.js';

/** Every built-in loss: `bce`, `asl`, `aam-asl`. */
export const lossDefinitions: readonly LossDefinition[] = [bceDefinition, aslDefinition, aamAslDefinition];
