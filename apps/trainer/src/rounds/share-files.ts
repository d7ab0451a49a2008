import { join } from 'node:path';
import { readTextFile } from '@polytag/files';
import * as z from 'zod';

/** Files of what a share's job gives. */
export const WEIGHTS_FILE = 'weights.safetensors';
export const OPTIMISERS_FILE = 'optimisers.safetensors';
export const SHARE_FILE = 'share.json';

/** JSON has null for what is not finite: the norm of a gradient in a step that was skipped. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);

const shareSchema = z.object({
  steps: z.array(
    z.object({
      loss: number,
      mutual: number,
      gradientNorm: number,
      skipped: z.boolean(),
      learningRate: number,
    }),
  ),
  images: z.int().positive(),
  diverged: z.string().optional(),
  /** SHA-256 of the file of optimisers. */
  optimisers: z.string(),
});

export type ShareRecord = z.output<typeof shareSchema>;

/** What the job of a share says of it: its steps. */
export async function readShare(result: string): Promise<ShareRecord> {
  const text = await readTextFile(join(result, SHARE_FILE), { what: 'record of a share', maxBytes: 2 ** 28 });
  return shareSchema.parse(JSON.parse(text));
}
