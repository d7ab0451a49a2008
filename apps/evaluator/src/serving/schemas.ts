import { z } from 'zod';

// What goes in and out over HTTP; the OpenAPI document is made of these.

/** The most addresses of a list, whatever the server accepts. */
const MOST_ADDRESSES = 1000;

export const addressListSchema = z
  .array(z.string().min(1).max(2048), {
    error: ({ code }) => (code === 'invalid_type' ? 'expected a list of URLs' : undefined),
  })
  .min(1)
  .max(MOST_ADDRESSES)
  .describe('URLs of pictures, http or https. Only if the server was started with --allow-urls.');

/** Only digits; and a decimal, whose exponent programs write for small numbers. JavaScript also takes '', 0x2 and others. */
const [WHOLE, DECIMAL] = [/^\d+$/, /^\d*\.?\d+(e[+-]?\d+)?$/i];

/** A number in a query. */
const numberText = <Of extends z.ZodType>(form: RegExp, of: Of) =>
  z.preprocess((text) => (typeof text === 'string' && !form.test(text) ? Number.NaN : text), of);

/** Which labels are returned: of the three only one is used, as of the options of `predict`. */
export const querySchema = z
  .strictObject({
    top: numberText(WHOLE, z.coerce.number('expected a whole number of at least 1').int().min(1))
      .optional()
      .describe('Return the k best labels, whatever their scores.'),
    threshold: numberText(DECIMAL, z.coerce.number('expected a number from 0 to 1').min(0).max(1))
      .optional()
      .describe("Return labels with at least this score. Default: the model's own thresholds, else 0.5."),
    scores: z.literal('all').optional().describe('Return all labels with their scores.'),
  })
  .refine(({ top, threshold }) => top === undefined || threshold === undefined, {
    path: ['threshold'],
    error: 'top and threshold cannot be combined',
  })
  .refine(({ top, threshold, scores }) => scores === undefined || (top ?? threshold) === undefined, {
    path: ['scores'],
    error: 'scores cannot be combined with top or threshold',
  });

export type PredictQuery = z.output<typeof querySchema>;

const labelScoreSchema = z.object({ label: z.string(), score: z.number().min(0).max(1) });
const labelsSchema = z.array(labelScoreSchema).describe('Best first.');

const errorDetailSchema = z.object({
  code: z.string().describe('Stable; all codes are in docs/errors.md.'),
  message: z.string(),
  hint: z.string().optional().describe('What to do about it.'),
});

export const errorSchema = z.object({ error: errorDetailSchema });

export const predictionSchema = z.object({ labels: labelsSchema });

export const resultsSchema = z.object({
  results: z
    .array(
      z.union([
        z.object({ image: z.string(), labels: labelsSchema }),
        z.object({ image: z.string(), error: errorDetailSchema }),
      ]),
    )
    .describe('One per picture, in the same order.'),
});

export const healthSchema = z.object({
  status: z.enum(['ok', 'stopping']),
  waiting: z.int().describe('Images that are accepted and not yet answered.'),
});

export const modelSchema = z.object({
  model: z.string(),
  labels: z.array(z.object({ label: z.string(), threshold: z.number() })),
});
