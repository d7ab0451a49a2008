import { defineLoss } from '@polytag/core';
import { bceOptions, binaryCrossEntropy } from './binary-cross-entropy.js';

export { bce, binaryCrossEntropy, type BinaryCrossEntropyOptions } from './binary-cross-entropy.js';

/** `bce` as a part that a config names. */
export const bceDefinition = defineLoss({ name: 'bce', options: bceOptions, create: binaryCrossEntropy });
export default bceDefinition;
