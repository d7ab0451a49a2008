import { UsageError, type OutputSpace } from '@polytag/core';
import * as z from 'zod';

/** The scale of cosines: a number, or `auto` to take it from the number of labels. */
export const scaleSchema = z.union([z.number().positive(), z.literal('auto')]);
export type ScaleOption = z.input<typeof scaleSchema>;

/** Scale of cosines when none is given: the paper's for 80 labels (COCO). */
const COSINE_SCALE = 23;

/**
 * Scale for the cosines of K labels, from the authors' code: √5·ln(K − 1), limited to 7 to 30
 * (docs/method.md#output-scale).
 */
export function automaticScale(labelCount: number): number {
  return Math.min(Math.max(Math.sqrt(5) * Math.log(labelCount - 1), 7), 30);
}

/**
 * The scale of a head's outputs, as a function of the number of labels.
 *
 * @param option default 1 for logits, 23 for cosines
 * @throws UsageError `usage/scale` for `auto` on logits
 */
export function outputScale(
  option: ScaleOption | undefined,
  space: OutputSpace,
): (labelCount: number) => number {
  if (option === 'auto') {
    if (space === 'cosines') return automaticScale;
    throw new UsageError(
      'usage/scale',
      'head.options.scale: "auto" works with cosine similarities; this head outputs logits.',
      {
        hint: 'Remove scale: logits have scale 1.',
      },
    );
  }
  const scale = option ?? (space === 'logits' ? 1 : COSINE_SCALE);
  return () => scale;
}
