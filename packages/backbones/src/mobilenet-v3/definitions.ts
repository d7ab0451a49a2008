import { z } from 'zod';
import { HALF, IMAGENET, UNIT, defineBackbone } from '@polytag/core';
import { mobilenetV3 } from './mobilenet-v3.js';
import type { MobileNetV3Size } from './rows.js';

const NORMALISATIONS = { half: HALF, imagenet: IMAGENET, unit: UNIT };
const channels = z.tuple([z.number(), z.number(), z.number()]);
const deviations = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** Options of a MobileNetV3 in a config file. What they mean and their defaults: `MobileNetV3Options`. */
export const mobileNetV3Schema = z.strictObject({
  layout: z.enum(['reference', 'timm', 'torchvision']).default('reference'),
  widthMultiplier: z.number().positive().default(1),
  padding: z.enum(['symmetric', 'same']).default('symmetric'),
  epsilon: z.number().positive().optional(),
  momentum: z.number().min(0).max(1).optional(),
  lastActivation: z.enum(['hard-swish', 'prelu']).default('hard-swish'),
  /** By name, or channel-wise mean and std of RGB pixels in [0, 1]. */
  normalisation: z
    .union([
      z.enum(['half', 'imagenet', 'unit']).transform((name) => NORMALISATIONS[name]),
      z.strictObject({ mean: channels, std: deviations }),
    ])
    .optional(),
  inputHeight: z.int().positive().optional(),
  seed: z.int().min(0).default(0),
});

const define = (size: MobileNetV3Size) =>
  defineBackbone({
    name: `mobilenet-v3-${size}`,
    options: mobileNetV3Schema,
    create: (options) => mobilenetV3({ ...options, size }),
  });

/** `mobilenet-v3-large` in a config file. */
export const mobileNetV3Large = define('large');

/** `mobilenet-v3-small` in a config file. */
export const mobileNetV3Small = define('small');
