import * as z from 'zod';
import { defineBackbone } from '@polytag/core';
import { normalisationOption } from '../normalisation-option.js';
import { mobilenetV3 } from './mobilenet-v3.js';
import type { MobileNetV3Size } from './rows.js';

/** Options of a MobileNetV3 in a config file. What they mean and their defaults: `MobileNetV3Options`. */
export const mobileNetV3Schema = z.strictObject({
  layout: z.enum(['reference', 'timm', 'torchvision']).default('reference'),
  widthMultiplier: z.number().positive().default(1),
  padding: z.enum(['symmetric', 'same']).default('symmetric'),
  epsilon: z.number().positive().optional(),
  momentum: z.number().min(0).max(1).optional(),
  lastActivation: z.enum(['hard-swish', 'prelu']).default('hard-swish'),
  normalisation: normalisationOption,
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
