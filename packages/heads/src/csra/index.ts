import { defineHead } from '@polytag/core';
import { csraHead, csraHeadSchema } from './csra-head.js';

export { csraHead, type CsraHeadOptions } from './csra-head.js';
export {
  ResidualAttention,
  type AttentionTemperature,
  type ResidualAttentionOptions,
} from './residual-attention.js';

/** The head `csra` for config files. */
export const csraHeadDefinition = defineHead({
  name: 'csra',
  options: csraHeadSchema,
  create: (o) => csraHead(o),
});
export default csraHeadDefinition;
