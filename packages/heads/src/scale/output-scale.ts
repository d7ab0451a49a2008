import { UsageError, type OutputSpace } from '@polytag/core';
import * as z from 'zod';

/** The scale of cosines: a number, or `auto` to take it from the number of labels. */
export const scaleOption = z.union([z.number().positive(), z.literal('auto')]);
export type ScaleOption = z.input<typeof scaleOption>;

/** Scale of cosines when none is given: the paper's for 80 labels (COCO). */
const COSINE_SCALE = 23;

/** √5·ln(K − 1), at least 7 and at most 30: a scale for the cosines of K labels, from the authors' code. */
export function automaticScale(labelCount: number): number {
  return Math.min(Math.max(Math.sqrt(5) * Math.log(labelCount - 1), 7), 30);
}

/** The scale of one head; `auto` is known once the head has seen its labels. */
export class OutputScale {
  #value?: number;

  /** @throws UsageError `usage/scale` for `auto` on logits */
  constructor(option: ScaleOption | undefined, space: OutputSpace) {
    if (option === 'auto' && space === 'logits') {
      throw new UsageError('usage/scale', 'The scale "auto" is for cosines, and this head gives logits.', {
        hint: 'Leave scale out: logits have scale 1.',
      });
    }
    if (option !== 'auto') this.#value = option ?? (space === 'logits' ? 1 : COSINE_SCALE);
  }

  settle(labelCount: number): void {
    this.#value ??= automaticScale(labelCount);
  }

  /** @throws UsageError `usage/scale` while `auto` is not settled */
  get value(): number {
    if (this.#value !== undefined) return this.#value;
    throw new UsageError('usage/scale', 'The scale "auto" is not known before the head was applied.', {
      hint: 'Build the model first, then read the scale.',
    });
  }
}
