import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { validate, type Head, type OutputSpace, type Penultimate } from '@polytag/core';
import { Activation, BatchNorm, Dropout, GlobalPool, Linear, pipe, PRelu } from '@polytag/layers';
import * as z from 'zod';
import { classifier, classifierByLabel } from '../classifier.js';
import { classifiedCells } from '../heat-maps/classified-cells.js';
import { GatedCells } from '../heat-maps/gated-cells.js';
import { pooledCells } from '../heat-maps/pooled-cells.js';
import { outputScale, scaleSchema } from '../output-scale.js';

export const linearHeadSchema = z.strictObject({
  /** Outputs: `logits` of a linear classifier, or `cosines` of features and class weights, for angular losses. Default `logits`. */
  space: z.enum(['logits', 'cosines']).default('logits'),
  /** Factor of the outputs inside the sigmoid. Default 1 for logits, 23 for cosines. `auto` (cosines only) takes it from the number of labels. */
  scale: scaleSchema.optional(),
  /** How the feature map becomes one vector. Default `avg`. */
  pooling: z.enum(['avg', 'max', 'avg+max']).default('avg'),
  /** Whether to put the hidden layer of the published network before the classifier. Default `published`. */
  hidden: z.enum(['published', 'none']).default('published'),
  /** Dropout of what the classifier reads, in training. Default 0. */
  dropout: z.number().min(0).lt(1).default(0),
});
export type LinearHeadOptions = z.input<typeof linearHeadSchema>;

/** Layers for pooled features, [B, F] -> [B, width], and the same for the cells that these are the mean of. */
interface HiddenLayer {
  readonly outputs: SymbolicTensor;
  readonly cells: (cells: SymbolicTensor) => SymbolicTensor;
}

/**
 * The hidden layer of a published network: linear, [batch norm], activation. The activation is hard-swish, and
 * with an angular classifier a PReLU, so that features have both signs.
 */
function hiddenLayer(
  pooled: SymbolicTensor,
  hidden: Penultimate,
  space: OutputSpace,
  seed: number,
): HiddenLayer {
  const { names, width, epsilon } = hidden;
  const layout = hidden.linearIsConvolution ? 'pointwise' : 'linear';
  const affine: layers.Layer[] = [new Linear({ name: names.linear, units: width, layout, seed })];
  if (hidden.batchNorm) affine.push(new BatchNorm({ name: names.batchNorm, epsilon, seed }));
  const activation =
    space === 'cosines'
      ? new PRelu({ name: names.activation, seed })
      : new Activation({ name: names.activation, activation: 'hard-swish', seed });
  const before = pipe(pooled, ...affine);
  const outputs = activation.apply(before) as SymbolicTensor;
  return {
    outputs,
    cells: (cells) =>
      new GatedCells({ name: 'heat_map.gate' }).apply([
        pipe(cells, ...affine),
        before,
        outputs,
      ]) as SymbolicTensor,
  };
}

/**
 * Global pooling and a linear classifier (docs/method.md#linear-head). `hidden: 'published'` adds the layers that the
 * backbone's published network has between the two, with their published names, so that its weights can be loaded. With
 * `hidden: 'none'`, or a backbone without such layers, the classifier follows the pooling. `dropout` acts on the
 * classifier's input.
 *
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/scale`
 * @example
 * const { outputs } = applyHead(linearHead({ space: 'logits' }), featureMap, { labels, seed: 1, backbone: { featureChannels: 576 } });
 */
export function linearHead<Space extends OutputSpace = 'logits'>(
  options: LinearHeadOptions & { readonly space?: Space } = {},
): Head<Space> {
  const settled = validate(linearHeadSchema, options, { source: 'options of head "linear"' });
  const { space, pooling, hidden, dropout: rate } = settled;
  const scaleFor = outputScale(settled.scale, space);
  return {
    name: 'linear',
    space: space as Space,
    apply(featureMap, { labels, seed, backbone }) {
      const published = hidden === 'published' ? backbone.penultimate : undefined;
      const pooled = new GlobalPool({ name: 'pool', pooling }).apply(featureMap) as SymbolicTensor;
      const hiddenOf = published && hiddenLayer(pooled, published, space, seed);
      const features = hiddenOf?.outputs ?? pooled;
      const dropped =
        rate === 0
          ? features
          : (new Dropout({ name: 'dropout', rate, seed }).apply(features) as SymbolicTensor);
      const name = published?.names.classifier ?? backbone.classifier ?? 'classifier';
      const last = classifier({ name, space, units: labels.size, seed });
      return {
        outputs: last.apply(dropped) as SymbolicTensor,
        scale: scaleFor(labels.size),
        byLabel: (key) => classifierByLabel(key, { name, space }),
        readsMean: pooling === 'avg',
        heatMaps() {
          const cells = pooledCells(featureMap, pooling);
          const maps = classifiedCells(last, hiddenOf?.cells(cells) ?? cells, features);
          return { kind: 'contributions', maps };
        },
      };
    },
  };
}
