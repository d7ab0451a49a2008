import * as z from 'zod';
import { NORMALISATION_NAMES, NORMALISATIONS } from '@polytag/core';

const deviation = z.number().positive();

/** Option `normalisation` of a backbone: by name, or channel-wise mean and std of RGB pixels in [0, 1]. */
export const normalisationSchema = z
  .union([
    z.enum(NORMALISATION_NAMES).transform((name) => NORMALISATIONS[name]),
    z.strictObject({
      /** Mean of red, green and blue, for pixels from 0 to 1. */
      mean: z.tuple([z.number(), z.number(), z.number()]).readonly(),
      /** Standard deviation of red, green and blue, for pixels from 0 to 1. */
      std: z.tuple([deviation, deviation, deviation]).readonly(),
    }),
  ])
  .optional();
