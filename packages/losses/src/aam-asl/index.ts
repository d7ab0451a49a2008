import { defineLoss } from '@polytag/core';
import { aamOptions, asymmetricAngularMargin } from './asymmetric-angular-margin.js';

export {
  aamAsl,
  asymmetricAngularMargin,
  type AsymmetricAngularMarginOptions,
} from './asymmetric-angular-margin.js';

/** `aam-asl` as a part that a config names. */
export const aamAslDefinition = defineLoss({
  name: 'aam-asl',
  options: aamOptions,
  create: asymmetricAngularMargin,
});
export default aamAslDefinition;
