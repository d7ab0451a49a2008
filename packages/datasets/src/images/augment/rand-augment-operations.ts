import type { RandomStream } from '@polytag/core';
import type { RgbImage } from '../decode-image.js';
import { brightness, color, contrast, sharpness } from './operations/enhance.js';
import { rotate, shearX, shearY, translateX, translateY } from './operations/geometry.js';
import { autoContrast, equalize, invert, posterize, solarize } from './operations/levels.js';
import { fillRectangle } from './operations/place.js';

/** One of RandAugment's operations. */
export interface RandAugmentOperation {
  /** How strong it is at index 0 to 9. Index 0 is never drawn. */
  readonly magnitudes: readonly number[];
  /** Whether the magnitude is given a random sign. */
  readonly signed: boolean;
  /** @param stream draws where, of an operation that has a place */
  readonly apply: (image: RgbImage, magnitude: number, stream: RandomStream) => RgbImage;
}

/** Ten values from one end to the other, the arithmetic of numpy's linspace. */
const linear = (from: number, to: number) =>
  Array.from({ length: 10 }, (_, i) => (i === 9 ? to : i * ((to - from) / 9) + from));
const NONE = Array.from({ length: 10 }, () => 0);
const SHEAR = linear(0, 0.3);
const TRANSLATE = linear(0, 150 / 331);
const ENHANCE = linear(0, 0.9);

const CUTOUT_COLOUR = [125, 122, 113] as const;

/** A square of about `size` around a random place; the side is even. */
function cutoutSquare(image: RgbImage, size: number, stream: RandomStream): RgbImage {
  const half = Math.floor(size / 2);
  const x = stream.integer(image.width);
  const y = stream.integer(image.height);
  const area = { left: x - half, top: y - half, right: x + half, bottom: y + half };
  return fillRectangle(image, area, CUTOUT_COLOUR);
}

/** By name, in the order they are drawn from: that of the package `randaugment` 1.0.2 (docs/method.md#randaugment). */
export const RAND_AUGMENT_OPERATIONS = {
  Invert: { magnitudes: NONE, signed: false, apply: invert },
  Cutout: { magnitudes: linear(0, 20).map(Math.round), signed: false, apply: cutoutSquare },
  Sharpness: { magnitudes: ENHANCE, signed: true, apply: (image, m) => sharpness(image, 1 + m) },
  AutoContrast: { magnitudes: NONE, signed: false, apply: autoContrast },
  Posterize: { magnitudes: linear(8, 4).map(Math.round), signed: false, apply: posterize },
  ShearX: { magnitudes: SHEAR, signed: true, apply: shearX },
  TranslateX: { magnitudes: TRANSLATE, signed: true, apply: translateX },
  TranslateY: { magnitudes: TRANSLATE, signed: true, apply: translateY },
  ShearY: { magnitudes: SHEAR, signed: true, apply: shearY },
  Rotate: { magnitudes: linear(0, 30), signed: false, apply: rotate },
  Equalize: { magnitudes: NONE, signed: false, apply: equalize },
  Contrast: { magnitudes: ENHANCE, signed: true, apply: (image, m) => contrast(image, 1 + m) },
  Color: { magnitudes: ENHANCE, signed: true, apply: (image, m) => color(image, 1 + m) },
  Solarize: { magnitudes: linear(256, 0), signed: false, apply: solarize },
  Brightness: { magnitudes: ENHANCE, signed: true, apply: (image, m) => brightness(image, 1 + m) },
} as const satisfies Readonly<Record<string, RandAugmentOperation>>;

export type RandAugmentOperationName = keyof typeof RAND_AUGMENT_OPERATIONS;

export const RAND_AUGMENT_NAMES = Object.keys(RAND_AUGMENT_OPERATIONS) as readonly RandAugmentOperationName[];
