import {
  normalisationName,
  NORMALISATIONS,
  type PixelNormalisation,
  type Preprocessing,
} from '@polytag/core';
import type { RunConfig } from './run-config.js';

/** What `data.normalisation` stands for. */
export function normalisationOf(value: RunConfig['data']['normalisation']): PixelNormalisation | undefined {
  return typeof value === 'string' ? NORMALISATIONS[value] : value;
}

/** How a person reads a normalisation: its name, or its numbers. */
export const normalisationText = (normalisation: PixelNormalisation): string =>
  normalisationName(normalisation) ?? JSON.stringify(normalisation);

/** Short side over side of the crop: 256 pixels for one of 224. */
const SHORT_SIDE = 256 / 224;

/** What `data.resize` stands for. */
export function resizeOf({ resize, height, width }: RunConfig['data']): Preprocessing['resize'] {
  if (resize === 'stretch') return undefined;
  return resize === 'crop' ? { shortSide: Math.floor(SHORT_SIDE * Math.max(height, width)) } : resize;
}
