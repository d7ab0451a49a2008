import * as z from 'zod';
import { defineBackbone } from '@polytag/core';
import { normalisationOption } from '../normalisation-option.js';
import { efficientnetV2 } from './efficientnet-v2.js';
import type { EfficientNetV2Size } from './stages.js';

/** Options of an EfficientNetV2 in a config file. What they mean and their defaults: `EfficientNetV2Options`. */
export const efficientNetV2Schema = z.strictObject({
  padding: z.enum(['symmetric', 'same']).default('same'),
  epsilon: z.number().positive().optional(),
  momentum: z.number().min(0).max(1).optional(),
  normalisation: normalisationOption,
  seed: z.int().min(0).default(0),
});

const define = (size: EfficientNetV2Size) =>
  defineBackbone({
    name: `efficientnet-v2-${size}`,
    options: efficientNetV2Schema,
    create: (options) => efficientnetV2({ ...options, size }),
  });

/** `efficientnet-v2-s` in a config file. */
export const efficientNetV2S = define('s');

/** `efficientnet-v2-m` in a config file. */
export const efficientNetV2M = define('m');

/** `efficientnet-v2-l` in a config file. */
export const efficientNetV2L = define('l');
