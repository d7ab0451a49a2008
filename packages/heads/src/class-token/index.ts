import { defineHead } from '@polytag/core';
import { classTokenHead, classTokenHeadSchema } from './class-token-head.js';

export { classTokenHead, type ClassTokenHeadOptions } from './class-token-head.js';

/** `class-token` as a part that a config names. */
export const classTokenHeadDefinition = defineHead({
  name: 'class-token',
  options: classTokenHeadSchema,
  create: (o) => classTokenHead(o),
});
export default classTokenHeadDefinition;
