import type { HeadDefinition } from '@polytag/core';
import { csraHeadDefinition } from './csra/index.js';
import { gcnHeadDefinition } from './gcn/index.js';
import { linearHeadDefinition } from './linear/index.js';
import { mlDecoderHeadDefinition } from './ml-decoder/index.js';

export * from './csra/index.js';
export * from './gcn/index.js';
export * from './linear/index.js';
export * from './ml-decoder/index.js';
export { automaticScale, type ScaleOption } from './output-scale.js';

/** Every built-in head: `linear`, `gcn`, `ml-decoder`, `csra`. */
export const headDefinitions: readonly HeadDefinition[] = [
  linearHeadDefinition,
  gcnHeadDefinition,
  mlDecoderHeadDefinition,
  csraHeadDefinition,
];
