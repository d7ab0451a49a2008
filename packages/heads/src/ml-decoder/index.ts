import { defineHead } from '@polytag/core';
import { mlDecoderHead, mlDecoderHeadSchema } from './ml-decoder-head.js';

export { CrossAttention, type CrossAttentionOptions } from './cross-attention.js';
export { GroupClassifier, type GroupClassifierOptions } from './group-classifier.js';
export { AddQueries, GroupQueries, type GroupQueriesOptions } from './group-queries.js';
export { mlDecoderHead, type MlDecoderHeadOptions } from './ml-decoder-head.js';

/** The head `ml-decoder` for config files. */
export const mlDecoderHeadDefinition = defineHead({
  name: 'ml-decoder',
  options: mlDecoderHeadSchema,
  create: (o) => mlDecoderHead(o),
});
export default mlDecoderHeadDefinition;
