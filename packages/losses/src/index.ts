import type { LossDefinition } from '@polytag/core';
import { aamAslDefinition } from './aam-asl.js';
import { aslDefinition } from './asl.js';
import { bceDefinition } from './bce.js';

export { aamAsl, aamAslDefinition, aamAslLoss, type AamAslOptions } from './aam-asl.js';
export { asl, aslDefinition, asymmetricLoss, type AsymmetricLossOptions } from './asl.js';
export { bce, bceDefinition, binaryCrossEntropy, type BinaryCrossEntropyOptions } from './bce.js';
export { mutualKl, mutualLearningTerm, type ScaledOutputs } from './mutual-kl.js';

/** Every built-in loss: `bce`, `asl`, `aam-asl`. */
export const lossDefinitions: readonly LossDefinition[] = [bceDefinition, aslDefinition, aamAslDefinition];
