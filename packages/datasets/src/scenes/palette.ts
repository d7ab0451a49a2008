import type { RandomStream } from '@polytag/core';
import { between } from './draw-from.js';

/** Red, green, blue, each 0 … 255. */
export type Colour = readonly [number, number, number];

export function mix(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

/** Lighter for an amount above 0, darker below; −1 is black, 1 is white. */
export function shade(colour: Colour, amount: number): Colour {
  return amount < 0 ? mix(colour, [0, 0, 0], -amount) : mix(colour, [255, 255, 255], amount);
}

/** The colour with each channel moved by up to `amount` levels, so that no two things are painted alike. */
export function vary(random: RandomStream, colour: Colour, amount = 14): Colour {
  const move = (channel: number) => Math.min(255, Math.max(0, channel + between(random, [-amount, amount])));
  return [move(colour[0]), move(colour[1]), move(colour[2])];
}

export const INK: Colour = [38, 36, 44];
export const WHITE: Colour = [246, 246, 242];
export const SKIN: readonly Colour[] = [
  [246, 208, 176],
  [224, 172, 132],
  [168, 114, 78],
  [110, 72, 50],
];
export const CLOTH: readonly Colour[] = [
  [204, 52, 60],
  [44, 92, 190],
  [236, 178, 40],
  [138, 62, 160],
  [240, 240, 236],
  [32, 142, 136],
];
export const TROUSERS: readonly Colour[] = [
  [40, 52, 98],
  [70, 62, 58],
  [28, 28, 34],
  [128, 108, 80],
];
export const FUR: readonly Colour[] = [
  [136, 86, 44],
  [92, 58, 36],
  [206, 162, 104],
  [64, 58, 58],
];
export const LEAVES: readonly Colour[] = [
  [40, 122, 48],
  [70, 150, 54],
  [28, 96, 60],
  [116, 148, 44],
];
export const BARK: readonly Colour[] = [
  [104, 70, 42],
  [84, 58, 44],
];
export const PETALS: readonly Colour[] = [
  [236, 74, 130],
  [250, 206, 50],
  [176, 84, 204],
  [246, 244, 246],
  [232, 66, 48],
];
export const WALLS: readonly Colour[] = [
  [240, 226, 194],
  [222, 168, 140],
  [196, 210, 222],
  [236, 214, 120],
  [244, 242, 238],
];
export const ROOFS: readonly Colour[] = [
  [172, 58, 44],
  [110, 66, 52],
  [84, 88, 104],
  [150, 80, 30],
];
export const BODYWORK: readonly Colour[] = [
  [206, 40, 44],
  [36, 92, 182],
  [236, 188, 36],
  [232, 234, 236],
  [34, 132, 82],
  [72, 74, 84],
];
export const HULLS: readonly Colour[] = [
  [138, 78, 42],
  [180, 40, 44],
  [34, 62, 120],
  [236, 236, 230],
];
export const SCALES: readonly Colour[] = [
  [250, 134, 32],
  [252, 198, 44],
  [226, 66, 70],
  [190, 116, 206],
];
export const SAILS: readonly Colour[] = [
  [250, 248, 240],
  [246, 222, 170],
  [232, 112, 96],
];
export const BALLS: readonly Colour[] = [
  [228, 44, 48],
  [40, 104, 214],
  [250, 190, 30],
  [40, 160, 90],
];
