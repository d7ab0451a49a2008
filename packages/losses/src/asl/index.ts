import { defineLoss } from '@polytag/core';
import { aslOptions, asymmetricLoss } from './asymmetric-loss.js';

export { asl, asymmetricLoss, type AsymmetricLossOptions } from './asymmetric-loss.js';

/** `asl` as a part that a config names. */
export const aslDefinition = defineLoss({ name: 'asl', options: aslOptions, create: asymmetricLoss });
export default aslDefinition;
