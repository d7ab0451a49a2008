import type { HeadDefinition } from '@polytag/core';
import { classTokenHeadDefinition } from './class-token/index.js';
import { csraHeadDefinition } from './csra/index.js';
import { gcnHeadDefinition } from './gcn/index.js';
import { linearHeadDefinition } from './linear/index.js';
import { mlDecoderHeadDefinition } from './ml-decoder/index.js';

export * from './class-token/index.js';
export * from './csra/index.js';
export * from './gcn/index.js';
export * from './linear/index.js';
export * from './ml-decoder/index.js';
export { automaticScale, type ScaleOption } from './output-scale.js';

/** All built-in heads: `linear`, `gcn`, `ml-decoder`, `csra`, `class-token`. */
export const headDefinitions: readonly HeadDefinition[] = [
  linearHeadDefinition,
  gcnHeadDefinition,
  mlDecoderHeadDefinition,
  csraHeadDefinition,
  classTokenHeadDefinition,
];
