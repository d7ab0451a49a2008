import { normalisationName, NORMALISATIONS, type PixelNormalisation } from '@polytag/core';
import type { RunConfig } from './run-config.js';

/** What `data.normalisation` stands for. */
export function normalisationOf(value: RunConfig['data']['normalisation']): PixelNormalisation | undefined {
  return typeof value === 'string' ? NORMALISATIONS[value] : value;
}

/** How a person reads a normalisation: its name, or its numbers. */
export const normalisationText = (normalisation: PixelNormalisation): string =>
  normalisationName(normalisation) ?? JSON.stringify(normalisation);
