import * as z from 'zod';
import { defineBackbone } from '@polytag/core';
import { normalisationOption } from '../normalisation-option.js';
import type { TResNetSize } from './sizes.js';
import { tresnet } from './tresnet.js';

/** Options of a TResNet in a config file. What they mean and their defaults: `TResNetOptions`. */
export const tresNetSchema = z.strictObject({
  layout: z.enum(['reference', 'timm']).default('reference'),
  epsilon: z.number().positive().optional(),
  momentum: z.number().min(0).max(1).optional(),
  normalisation: normalisationOption,
  seed: z.int().min(0).default(0),
});

const define = (size: TResNetSize) =>
  defineBackbone({
    name: `tresnet-${size}`,
    options: tresNetSchema,
    create: (options) => tresnet({ ...options, size }),
  });

/** `tresnet-m` in a config file. */
export const tresNetM = define('m');

/** `tresnet-l` in a config file: the paper's. */
export const tresNetL = define('l');

/** `tresnet-xl` in a config file: ML-Decoder's. */
export const tresNetXL = define('xl');

/** `tresnet-l-v1` in a config file: timm's `tresnet_l`. */
export const tresNetLV1 = define('l-v1');

/** `tresnet-xl-v1` in a config file: timm's `tresnet_xl`. */
export const tresNetXLV1 = define('xl-v1');
