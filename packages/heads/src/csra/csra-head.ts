import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { UsageError, validate, type Head, type OutputSpace } from '@polytag/core';
import { AddResidual, alongAxes } from '@polytag/layers';
import * as z from 'zod';
import { outputScale, scaleSchema } from '../output-scale.js';
import { ResidualAttention, ResidualAttentionCells } from './residual-attention.js';

export const csraHeadSchema = z.strictObject({
  /** `logits`, or `cosines` of cells and labels. Default `logits`. */
  space: z.enum(['logits', 'cosines']).default('logits'),
  /** Factor of the outputs inside the sigmoid. Default 1 for logits, 23 for cosines. `auto` (cosines only) takes it from the number of labels. */
  scale: scaleSchema.optional(),
  /**
   * One head for each temperature; `max` uses the best cell only. Published: [1], [1, max], [1, 2, 4, max],
   * [1, 2, 3, 4, 5, max], [1, 2, 3, 4, 5, 6, 7, max]. Default [1].
   */
  temperatures: z
    .array(z.union([z.number().min(0), z.literal('max')]))
    .min(1)
    .default([1]),
  /** λ: weight of the attention term, added to the mean over all cells. Default 0.1. */
  lambda: z.number().min(0).default(0.1),
  /** Normalises the classifier's weights of each label to unit length. Needed for cosines. Default true. */
  normaliseClassifier: z.boolean().default(true),
});
export type CsraHeadOptions = z.input<typeof csraHeadSchema>;

/** What several layers make of the feature map, added up. */
function sum(all: readonly layers.Layer[], name: string, featureMap: SymbolicTensor): SymbolicTensor {
  return all
    .map((layer) => layer.apply(featureMap) as SymbolicTensor)
    .reduce(
      (total, one, i) => new AddResidual({ name: `${name}.${i}` }).apply([total, one]) as SymbolicTensor,
    );
}

/** Published keys: `multi_head.0.head.weight`. */
const nameOf = (head: number): string => `multi_head.${head}.head`;

/**
 * Class-specific residual attention (Zhu and Wu, "Residual Attention: A Simple but Effective Method for Multi-Label
 * Recognition", ICCV 2021; docs/method.md#csra): the mean score of a label over all cells of the feature map, plus λ
 * times its score where it is highest. With several heads, logits are added. Cosines, which are not in the paper, are
 * the weighted mean of all terms, so that they stay in [−1, 1].
 *
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/scale`
 */
export function csraHead<Space extends OutputSpace = 'logits'>(
  options: CsraHeadOptions & { readonly space?: Space } = {},
): Head<Space> {
  const settled = validate(csraHeadSchema, options, { source: 'options of head "csra"' });
  const { space, temperatures, lambda, normaliseClassifier } = settled;
  const isAngular = space === 'cosines';
  if (isAngular && !normaliseClassifier) {
    throw new UsageError(
      'usage/invalid',
      'Head "csra" with space: cosines needs normaliseClassifier: true (got false).',
      {
        hint: 'Remove normaliseClassifier: false, or set space: logits.',
      },
    );
  }
  const scaleFor = outputScale(settled.scale, space);
  return {
    name: 'csra',
    space: space as Space,
    apply(featureMap, { labels, seed }) {
      const heads = temperatures.map(
        (temperature, i) =>
          new ResidualAttention({
            name: nameOf(i),
            units: labels.size,
            temperature,
            lambda,
            normaliseClassifier,
            normaliseFeatures: isAngular,
            gain: isAngular ? 1 / (temperatures.length * (1 + lambda)) : 1,
            seed,
          }),
      );
      const keys = new Set(temperatures.map((_, i) => `${nameOf(i)}.weight`));
      return {
        outputs: sum(heads, 'multi_head.sum', featureMap),
        scale: scaleFor(labels.size),
        byLabel: (key) => (keys.has(key) ? alongAxes(0) : undefined),
        heatMaps() {
          const cells = heads.map((head) => new ResidualAttentionCells(head));
          return { kind: 'contributions', maps: sum(cells, 'heat_map.sum', featureMap) };
        },
      };
    },
  };
}
