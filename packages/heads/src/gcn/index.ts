import { defineHead } from '@polytag/core';
import { gcnHead, gcnHeadSchema } from './gcn-head.js';

export { labelAdjacency, normaliseAdjacency, type AdjacencyOptions } from './adjacency.js';
export { gcnHead, type GcnHeadOptions } from './gcn-head.js';
export {
  foldChannelWeights,
  GcnReweighting,
  type GcnReweightingOptions,
  type GraphLayer,
} from './gcn-reweighting.js';
export { graphAttention, graphConvolution, type GraphAttentionOptions } from './graph-layers.js';

/** The head `gcn` for config files. */
export const gcnHeadDefinition = defineHead({
  name: 'gcn',
  options: gcnHeadSchema,
  create: (o) => gcnHead(o),
});
export default gcnHeadDefinition;
