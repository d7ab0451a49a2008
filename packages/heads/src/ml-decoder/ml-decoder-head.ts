import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { UsageError, validate, type Head, type OutputSpace } from '@polytag/core';
import { alongAxes, Activation, AddResidual, Dropout, LayerNorm, Linear } from '@polytag/layers';
import * as z from 'zod';
import { outputScale, scaleSchema } from '../output-scale.js';
import { CrossAttention } from './cross-attention.js';
import { GroupClassifier } from './group-classifier.js';
import { AddQueries, GroupQueries } from './group-queries.js';
import { LabelAttention } from './label-attention.js';
import { decoderSizes, groupWeightsByLabel, queriesByLabel } from './label-groups.js';

export const mlDecoderHeadSchema = z.strictObject({
  /** `logits`, or `cosines`: normalised group products. Default `logits`. */
  space: z.enum(['logits', 'cosines']).default('logits'),
  /** Factor of the outputs inside the sigmoid. Default 1 for logits, 23 for cosines. `auto` (cosines only) takes it from the number of labels. */
  scale: scaleSchema.optional(),
  /** Number of queries, at most the number of labels. −1 means 100. Default −1. */
  groups: z.union([z.literal(-1), z.int().positive()]).default(-1),
  /** Width D of tokens and queries. Default 768. */
  embedding: z.int().positive().default(768),
  /** Attention heads; a divisor of `embedding`. Default 8. */
  heads: z.int().positive().default(8),
  /** Width between the two layers of the feed-forward part. Default 2048. */
  feedForward: z.int().positive().default(2048),
  /** Dropout of the decoder layer, in training. Default 0.1. */
  dropout: z.number().min(0).lt(1).default(0.1),
});
export type MlDecoderHeadOptions = z.input<typeof mlDecoderHeadSchema>;

const LAYER = 'decoder.layers.0';

const through = (layer: layers.Layer, ...inputs: SymbolicTensor[]): SymbolicTensor =>
  layer.apply(inputs.length === 1 ? inputs[0] : inputs) as SymbolicTensor;

/**
 * ML-Decoder (Ridnik et al., "ML-Decoder: Scalable and Versatile Classification Head", 2021;
 * docs/method.md#ml-decoder): fixed random queries attend once to the cells of the feature map, and each classifies its
 * group of labels. For cosines, the activation after the embedding is LeakyReLU(0.2) and the group products are
 * normalised (Prokofiev and Sovrasov, 2022). Without dropout, everything that depends only on the queries is computed
 * once per batch.
 *
 * Layer names are the published checkpoint keys under `decoder.`.
 *
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/scale`
 */
export function mlDecoderHead<Space extends OutputSpace = 'logits'>(
  options: MlDecoderHeadOptions & { readonly space?: Space } = {},
): Head<Space> {
  const settled = validate(mlDecoderHeadSchema, options, { source: 'options of head "ml-decoder"' });
  const { space, embedding: width, heads, feedForward, dropout: rate } = settled;
  if (width % heads !== 0) {
    throw new UsageError(
      'usage/invalid',
      `options of head "ml-decoder": the embedding width ${width} is not divisible by ${heads} heads.`,
    );
  }
  const cosines = space === 'cosines';
  const scaleFor = outputScale(settled.scale, space);
  return {
    name: 'ml-decoder',
    space: space as Space,
    apply(featureMap, { labels, seed }) {
      const { groups, labelsPerGroup } = decoderSizes(labels.size, settled.groups);
      const dropped = (name: string, x: SymbolicTensor) =>
        through(new Dropout({ name: `${LAYER}.${name}`, rate, seed }), x);
      const normalised = (name: string, x: SymbolicTensor) =>
        through(new LayerNorm({ name: `${LAYER}.${name}`, seed }), x);
      const projected = (name: string, units: number, x: SymbolicTensor) =>
        through(new Linear({ name, units, seed }), x);

      const activation = cosines
        ? new Activation({ name: 'decoder.embed_activation', activation: 'leaky-relu', slope: 0.2 })
        : new Activation({ name: 'decoder.embed_activation', activation: 'relu' });
      const map = through(activation, projected('decoder.embed_standart', width, featureMap));

      const queries = new GroupQueries({ name: 'decoder.query_embed', groups, width, rate, seed });
      const asked = normalised('norm1', through(queries, map));

      const attention = new CrossAttention({ name: `${LAYER}.multihead_attn`, heads, rate, seed });
      const found = dropped('dropout2', through(attention, asked, map));
      const attended = normalised('norm2', through(new AddQueries({ name: `${LAYER}.add2` }), found, asked));

      const rectifier = new Activation({ name: `${LAYER}.activation`, activation: 'relu' });
      const hidden = dropped(
        'dropout',
        through(rectifier, projected(`${LAYER}.linear1`, feedForward, attended)),
      );
      const fed = dropped('dropout3', projected(`${LAYER}.linear2`, width, hidden));
      const answered = normalised(
        'norm3',
        through(new AddResidual({ name: `${LAYER}.add3` }), fed, attended),
      );

      const units = labels.size;
      const classifier = new GroupClassifier({
        name: 'decoder',
        units,
        labelsPerGroup,
        normalised: cosines,
        seed,
      });
      const byLabel = new Map([
        ['decoder.query_embed.weight', queriesByLabel(labelsPerGroup)],
        ['decoder.duplicate_pooling', groupWeightsByLabel(labelsPerGroup)],
        ['decoder.duplicate_pooling_bias', alongAxes(0)],
      ]);
      return {
        outputs: through(classifier, answered),
        scale: scaleFor(units),
        byLabel: (key) => byLabel.get(key),
        heatMaps: () => ({
          kind: 'attention',
          maps: through(new LabelAttention(attention, { units, labelsPerGroup }), asked, map),
        }),
      };
    },
  };
}
