import type { LossDefinition } from '@polytag/core';
import { aamAslDefinition } from './aam-asl.js';
import { aslDefinition } from './asl.js';
import { bceDefinition } from './bce.js';
import { hillDefinition } from './hill.js';
import { splcDefinition } from './splc.js';
import { twoWayDefinition } from './two-way.js';

export { aamAsl, aamAslDefinition, aamAslLoss, type AamAslOptions } from './aam-asl.js';
export { asl, aslDefinition, asymmetricLoss, type AsymmetricLossOptions } from './asl.js';
export { bce, bceDefinition, binaryCrossEntropy, type BinaryCrossEntropyOptions } from './bce.js';
export { hill, hillDefinition, hillLoss, type HillOptions } from './hill.js';
export { mutualKl, mutualLearningTerm, type ScaledOutputs } from './mutual-kl.js';
export { splc, splcDefinition, splcLoss, type SplcOptions } from './splc.js';
export { twoWay, twoWayDefinition, twoWayLoss, twoWayTerms, type TwoWayOptions } from './two-way.js';

/** All built-in losses: `bce`, `asl`, `aam-asl`, `hill`, `splc`, `two-way`. */
export const lossDefinitions: readonly LossDefinition[] = [
  bceDefinition,
  aslDefinition,
  aamAslDefinition,
  hillDefinition,
  splcDefinition,
  twoWayDefinition,
];
