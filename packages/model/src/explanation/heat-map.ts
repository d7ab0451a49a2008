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
  /**
   * What of the photograph the network saw, where that is not all of it: its middle of so many pixels, of an image whose
   * shorter side has `shortSide`.
   */
  readonly crop?: { readonly height: number; readonly width: number; readonly shortSide: number };
  /** Cells from top to bottom of what the network saw. */
  readonly height: number;
  /** Cells from left to right. */
  readonly width: number;
  /** Row by row, from the top left; higher where more speaks for the label. */
  readonly values: Float32Array;
}

/** A map of cells, and a number for each. */
type Cells = Pick<HeatMap, 'height' | 'width' | 'values' | 'crop'>;

/**
 * The middle of the cell with the highest value, in fractions of the width and the height of what the network saw, from the top
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
 * A heat map as a picture to lay over the whole photograph, stretched smoothly: clear where the value is at most the mean of
 * the map, then darker to lighter and less clear up to its highest value. One pixel a cell; four along a cell, and clear all
 * around, where the network saw the middle of the photograph only.
 *
 * @param photograph its size, of which the ratio counts
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
