import { defineHead } from '@polytag/core';
import { classTokenHead, classTokenHeadSchema } from './class-token-head.js';

export { classTokenHead, type ClassTokenHeadOptions } from './class-token-head.js';

/** The head `class-token` for config files. */
export const classTokenHeadDefinition = defineHead({
  name: 'class-token',
  options: classTokenHeadSchema,
  create: (o) => classTokenHead(o),
});
export default classTokenHeadDefinition;
