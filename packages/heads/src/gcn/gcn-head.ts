import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { UsageError, validate, type Head, type LabelGraph, type OutputSpace } from '@polytag/core';
import { alongAxes, GlobalPool } from '@polytag/layers';
import * as z from 'zod';
import { classifier, classifierByLabel } from '../classifier.js';
import { classifiedCells } from '../heat-maps/classified-cells.js';
import { pooledCells } from '../heat-maps/pooled-cells.js';
import { outputScale, scaleSchema } from '../output-scale.js';
import { labelAdjacency } from './adjacency.js';
import { GcnReweighting } from './gcn-reweighting.js';

export const gcnHeadSchema = z.strictObject({
  /** Outputs: `logits` of a linear classifier, or `cosines` of features and class weights, for angular losses. Default `logits`. */
  space: z.enum(['logits', 'cosines']).default('logits'),
  /** Factor of the outputs inside the sigmoid. Default 1 for logits, 23 for cosines. `auto` (cosines only) takes it from the number of labels. */
  scale: scaleSchema.optional(),
  /** How the feature map becomes one vector. Default `avg`. */
  pooling: z.enum(['avg', 'max', 'avg+max']).default('avg'),
  /** `gcn`: graph convolution; `gat`: graph attention. Default `gcn`. */
  layer: z.enum(['gcn', 'gat']).default('gcn'),
  /** Labels are connected if their co-occurrence is at least this. Default 0.4. */
  tau: z.number().min(0).max(1).default(0.4),
  /** Weight of all neighbours together, relative to the label itself. Default 0.25. */
  rho: z.number().min(0).default(0.25),
  /** Width between the graph layers is ⌊F / hiddenScale⌋. Default 1. */
  hiddenScale: z.number().positive().default(1),
  /** Width of the word vectors, if a model is built without a label graph to load weights into it. */
  wordDimension: z.int().positive().optional(),
});
export type GcnHeadOptions = z.input<typeof gcnHeadSchema>;

/** What the graph layers start from, with its sizes checked. */
function startOf(
  labelGraph: LabelGraph | undefined,
  labelCount: number,
  options: z.output<typeof gcnHeadSchema>,
): { wordDimension: number; labelGraph?: { adjacency: Float32Array; wordVectors: Float32Array } } {
  if (!labelGraph) {
    if (options.wordDimension !== undefined) return { wordDimension: options.wordDimension };
    throw new UsageError('usage/label-graph', 'Head "gcn" needs a label graph.', {
      hint: 'Pass label co-occurrences of the training set and word vectors, or set wordDimension if weights will be loaded.',
    });
  }
  const { cooccurrence, wordVectors } = labelGraph;
  const { rows, columns } = cooccurrence;
  if (rows !== labelCount || columns !== labelCount || wordVectors.rows !== labelCount) {
    throw new UsageError(
      'usage/label-graph',
      `The label graph has ${rows}x${columns} co-occurrences and ${wordVectors.rows} word vectors, but the model has ${labelCount} labels.`,
      { hint: 'Build the label graph from the label list of the model.' },
    );
  }
  if (options.wordDimension !== undefined && options.wordDimension !== wordVectors.columns) {
    throw new UsageError(
      'usage/label-graph',
      `wordDimension is ${options.wordDimension}, but the word vectors have ${wordVectors.columns} values.`,
    );
  }
  const adjacency = labelAdjacency(cooccurrence, options).values;
  return { wordDimension: wordVectors.columns, labelGraph: { adjacency, wordVectors: wordVectors.values } };
}

/**
 * Graph head (Prokofiev and Sovrasov, 2022, after Chen et al., 2019; docs/method.md#gcn). Two graph layers turn the
 * labels' word vectors into a weight per channel; the feature map is weighed, pooled and classified. The weights do not
 * depend on the image: after training, `foldChannelWeights` replaces the graph by constants.
 *
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/scale`; when applied, `usage/label-graph` without a
 * label graph or with one for other labels
 */
export function gcnHead<Space extends OutputSpace = 'logits'>(
  options: GcnHeadOptions & { readonly space?: Space } = {},
): Head<Space> {
  const settled = validate(gcnHeadSchema, options, { source: 'options of head "gcn"' });
  const { space, pooling, layer } = settled;
  const scaleFor = outputScale(settled.scale, space);
  return {
    name: 'gcn',
    space: space as Space,
    apply(featureMap, { labels, seed, backbone, labelGraph }) {
      const start = startOf(labelGraph, labels.size, settled);
      const hiddenWidth = Math.floor(backbone.featureChannels / settled.hiddenScale);
      if (hiddenWidth < 1) {
        throw new UsageError(
          'usage/invalid',
          `hiddenScale ${settled.hiddenScale} is too large: the width between the graph layers would be 0.`,
        );
      }
      const pooled = new GlobalPool({ name: 'pool', pooling }).apply(featureMap);
      const graph = new GcnReweighting({
        name: 'graph',
        seed,
        layer,
        labelCount: labels.size,
        hiddenWidth,
        ...start,
      });
      const features = graph.apply(pooled) as SymbolicTensor;
      const last = classifier({ name: 'head', space, units: labels.size, seed });
      return {
        outputs: last.apply(features) as SymbolicTensor,
        scale: scaleFor(labels.size),
        readsMean: pooling === 'avg',
        byLabel(key) {
          if (key === 'inp') return alongAxes(0);
          return key === 'A' ? alongAxes(0, 1) : classifierByLabel(key, { name: 'head', space });
        },
        heatMaps() {
          const cells = graph.apply(pooledCells(featureMap, pooling)) as SymbolicTensor;
          return { kind: 'contributions', maps: classifiedCells(last, cells, features) };
        },
      };
    },
  };
}
