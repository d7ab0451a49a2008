import { defineHead } from '@polytag/core';
import { linearHead, linearHeadSchema } from './linear-head.js';

export { linearHead, type LinearHeadOptions } from './linear-head.js';

/** The head `linear` for config files. */
export const linearHeadDefinition = defineHead({
  name: 'linear',
  options: linearHeadSchema,
  create: (o) => linearHead(o),
});
export default linearHeadDefinition;
