import type { HeatMapKind } from '@polytag/core';

/** Where in a photograph a label was seen (docs/method.md#heat-maps). */
export interface HeatMap {
  readonly label: string;
  /** Probability of the label. */
  readonly score: number;
  /**
   * What the values are. `contributions`: what each cell adds to the raw output of the label, whose mean they have but for a
   * constant. `attention`: how much was looked at each cell, with the sum 1. `gradients`: what the output would lose without
   * the cell, to first order and not below 0 (Grad-CAM).
   */
  readonly kind: HeatMapKind | 'gradients';
  /** Cells from top to bottom. The map covers the whole photograph. */
  readonly height: number;
  /** Cells from left to right. */
  readonly width: number;
  /** Row by row, from the top left; higher where more speaks for the label. */
  readonly values: Float32Array;
}

/** A map of cells, and a number for each. */
type Cells = Pick<HeatMap, 'height' | 'width' | 'values'>;

/** The middle of the cell with the highest value, in fractions of the width and the height from the top left. */
export function heatMapPeak({ height, width, values }: Cells): { readonly x: number; readonly y: number } {
  const cell = values.indexOf(Math.max(...values));
  return { x: ((cell % width) + 0.5) / width, y: (Math.floor(cell / width) + 0.5) / height };
}

/** Colours from little to much, which colour-blind people can tell by their lightness. */
const RAMP = [
  [106, 23, 110],
  [212, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
] as const;
/** Opacity of the cell with the highest value. */
const OPAQUE = 0.8;

/**
 * A heat map as a picture to lay over the photograph, one pixel a cell: clear where the value is at most the mean of the
 * map, then darker to lighter and less clear up to its highest value. Resize it smoothly.
 *
 * @returns RGBA bytes [height, width, 4]
 */
export function heatMapPixels({ height, width, values }: Cells): {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const range = Math.max(...values) - mean;
  const pixels = new Uint8Array(4 * values.length);
  values.forEach((value, cell) => {
    const heat = range > 0 ? Math.max(0, (value - mean) / range) : 0;
    const place = heat * (RAMP.length - 1);
    const lower = Math.min(Math.floor(place), RAMP.length - 2);
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [RAMP[lower][channel], RAMP[lower + 1][channel]];
      pixels[4 * cell + channel] = Math.round(from + (place - lower) * (to - from));
    }
    pixels[4 * cell + 3] = Math.round(255 * OPAQUE * Math.sqrt(heat));
  });
  return { pixels, height, width };
}
