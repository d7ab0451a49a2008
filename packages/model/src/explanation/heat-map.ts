import type { HeatMapKind } from '@polytag/core';

/** Heat map of a label: where in a photograph the model found it (docs/method.md#heat-maps). */
export interface HeatMap {
  readonly label: string;
  /** Probability of the label. */
  readonly score: number;
  /**
   * Meaning of the values. `contributions`: what each cell adds to the label's raw output; the mean is the output,
   * except for a constant. `attention`: attention on each cell, with sum 1. `gradients`: what the output would lose
   * without the cell, to first order and at least 0 (Grad-CAM).
   */
  readonly kind: HeatMapKind | 'gradients';
  /**
   * Part of the photograph that the network saw, if not all of it: a centre crop of this many pixels, from the image
   * resized to `shortSide`.
   */
  readonly crop?: { readonly height: number; readonly width: number; readonly shortSide: number };
  /** Number of cells from top to bottom. */
  readonly height: number;
  /** Number of cells from left to right. */
  readonly width: number;
  /** Values row by row, from the top left. Higher values speak more for the label. */
  readonly values: Float32Array;
}

/** A map of cells, and a number for each. */
type Cells = Pick<HeatMap, 'height' | 'width' | 'values' | 'crop'>;

/**
 * Centre of the cell with the highest value, as fractions of the width and height that the network saw, from the top
 * left.
 */
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

interface HeatMapPixels {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** Pixels along a cell where the network saw a part of the photograph. */
const PER_CELL = 4;

/**
 * Converts a heat map to an image to overlay on the whole photograph. It is transparent where the value is at most the
 * mean of the map, then changes from dark to light and becomes more opaque up to the highest value. One pixel per cell;
 * if the network saw only the centre of the photograph, four pixels per cell side and a transparent border.
 *
 * @param photograph its size; only the aspect ratio matters
 * @returns RGBA bytes [height, width, 4]
 */
export function heatMapPixels(
  map: Cells,
  photograph: { readonly height: number; readonly width: number },
): HeatMapPixels {
  const whole = wholeMap(map);
  const { crop } = map;
  if (!crop) return whole;
  const scale = crop.shortSide / Math.min(photograph.height, photograph.width);
  const [seenHeight, seenWidth] = [
    crop.height / (scale * photograph.height),
    crop.width / (scale * photograph.width),
  ];
  const height = Math.round((PER_CELL * map.height) / seenHeight);
  const width = Math.round((PER_CELL * map.width) / seenWidth);
  const [top, left] = [(height - PER_CELL * map.height) >> 1, (width - PER_CELL * map.width) >> 1];
  const pixels = new Uint8Array(4 * height * width);
  for (let y = 0; y < PER_CELL * map.height; y++) {
    for (let x = 0; x < PER_CELL * map.width; x++) {
      const cell = Math.floor(y / PER_CELL) * map.width + Math.floor(x / PER_CELL);
      pixels.set(whole.pixels.subarray(4 * cell, 4 * cell + 4), 4 * ((top + y) * width + left + x));
    }
  }
  return { pixels, height, width };
}

function wholeMap({ height, width, values }: Cells): HeatMapPixels {
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
