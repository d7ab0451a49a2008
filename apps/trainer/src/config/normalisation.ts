import { HALF, IMAGENET, UNIT, type PixelNormalisation } from '@polytag/core';
import type { RunConfig } from './run-config.js';

const NAMED = { half: HALF, imagenet: IMAGENET, unit: UNIT };

/** What `data.normalisation` stands for. */
export function normalisationOf(value: RunConfig['data']['normalisation']): PixelNormalisation | undefined {
  return typeof value === 'string' ? NAMED[value] : value;
}

/** How a config writes a normalisation. */
export const nameOfNormalisation = (normalisation: PixelNormalisation): string =>
  Object.entries(NAMED).find(([, one]) => JSON.stringify(one) === JSON.stringify(normalisation))?.[0] ??
  JSON.stringify(normalisation);
