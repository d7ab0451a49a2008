import * as z from 'zod';

const rate = z.number().positive();
const ordered = { path: ['max'], error: 'must not be less than min' };

const rangeSchema = z
  .strictObject({
    mode: z.literal('range'),
    /** Lowest rate. */
    min: rate.default(1e-5),
    /** Highest rate. */
    max: rate.default(1),
    /** Warm-up epochs at `min` before the test. */
    warmUpEpochs: z.int().min(0).default(1),
    /** Weight of the newest loss in the moving average. */
    smoothing: z.number().positive().max(1).default(0.01),
    /** The test ends when the smoothed loss exceeds its lowest value by this factor. */
    divergence: z.number().gt(1).default(5),
  })
  .refine(({ min, max }) => min < max, ordered);

const tpeSchema = z
  .strictObject({
    mode: z.literal('tpe'),
    /** Lowest rate. */
    min: rate.default(1e-5),
    /** Highest rate. */
    max: rate.default(1e-3),
    /** Distance of two candidates. `null` allows any rate in the interval. */
    step: rate.nullable().default(1e-5),
    /** Epochs of a trial. Its last score counts. */
    epochs: z.int().positive().default(10),
    /** Number of trials. */
    trials: z.int().positive().default(15),
  })
  .refine(({ min, max }) => min <= max, ordered);

/** How to search for a learning rate. The defaults of `tpe` are the paper's (docs/method.md#learning-rate-search). */
export const rateSearchSchema = z.discriminatedUnion('mode', [rangeSchema, tpeSchema]);

export type RateSearchSettings = z.output<typeof rateSearchSchema>;
export type RateSearchInput = z.input<typeof rateSearchSchema>;
export type RangeSearchSettings = z.output<typeof rangeSchema>;
export type TpeSearchSettings = z.output<typeof tpeSchema>;
