import { defineHead } from '@polytag/core';
import { graphHead, gcnHeadSchema } from './graph-head.js';

export { labelAdjacency, normaliseAdjacency, type AdjacencyOptions } from './adjacency.js';
export { foldChannelWeights } from './fold-channel-weights.js';
export { graphAttention, type GraphAttentionOptions } from './graph-attention.js';
export { graphConvolution } from './graph-convolution.js';
export { graphHead, type GraphHeadOptions } from './graph-head.js';
export { GraphReweighting, type GraphLayer, type GraphReweightingOptions } from './graph-reweighting.js';

/** `gcn` as a part that a config names. */
export const graphHeadDefinition = defineHead({
  name: 'gcn',
  options: gcnHeadSchema,
  create: (o) => graphHead(o),
});
export default graphHeadDefinition;
