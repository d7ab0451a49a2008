import { HALF, IMAGENET, UNIT, type PixelNormalisation } from '@polytag/core';
import type { RunConfig } from './run-config.js';

/** What `data.normalisation` stands for. */
export function normalisationOf(value: RunConfig['data']['normalisation']): PixelNormalisation | undefined {
  return typeof value === 'string' ? { half: HALF, imagenet: IMAGENET, unit: UNIT }[value] : value;
}
