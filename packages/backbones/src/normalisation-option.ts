import * as z from 'zod';
import { NORMALISATION_NAMES, NORMALISATIONS } from '@polytag/core';

const channels = z.tuple([z.number(), z.number(), z.number()]);
const deviations = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** Option `normalisation` of a backbone: by name, or channel-wise mean and std of RGB pixels in [0, 1]. */
export const normalisationOption = z
  .union([
    z.enum(NORMALISATION_NAMES).transform((name) => NORMALISATIONS[name]),
    z.strictObject({ mean: channels, std: deviations }),
  ])
  .optional();
