import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { validate, type Head, type OutputSpace } from '@polytag/core';
import * as z from 'zod';
import { classifier, classifierByLabel } from '../classifier.js';
import { outputScale, scaleSchema } from '../output-scale.js';
import { ClassAndMean } from './class-and-mean.js';

export const classTokenHeadSchema = z.strictObject({
  /** Outputs: `logits` of a linear classifier, or `cosines` of features and class weights, for angular losses. Default `logits`. */
  space: z.enum(['logits', 'cosines']).default('logits'),
  /** Factor of the outputs inside the sigmoid. Default 1 for logits, 23 for cosines. `auto` (cosines only) takes it from the number of labels. */
  scale: scaleSchema.optional(),
});
export type ClassTokenHeadOptions = z.input<typeof classTokenHeadSchema>;

/** As DINOv2 names the classifier on its backbone. */
const NAME = 'linear_head';

/**
 * Linear classifier on the class token and the mean of the feature map, 2C features (Oquab et al., "DINOv2", 2023;
 * docs/method.md#class-token-head). Needs a backbone with a class token.
 *
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/scale`
 */
export function classTokenHead<Space extends OutputSpace = 'logits'>(
  options: ClassTokenHeadOptions & { readonly space?: Space } = {},
): Head<Space> {
  const settled = validate(classTokenHeadSchema, options, { source: 'options of head "class-token"' });
  const { space } = settled;
  const scaleFor = outputScale(settled.scale, space);
  return {
    name: 'class-token',
    space: space as Space,
    needsClassToken: true,
    apply(featureMap, { labels, seed, classToken }) {
      const features = new ClassAndMean({ name: 'class_and_mean' }).apply([classToken!, featureMap]);
      const last = classifier({ name: NAME, space, units: labels.size, seed });
      return {
        outputs: last.apply(features) as SymbolicTensor,
        scale: scaleFor(labels.size),
        byLabel: (key) => classifierByLabel(key, { name: NAME, space }),
      };
    },
  };
}
