import { createHash } from 'node:crypto';
import { assertReplaceable, heldChecksum } from '@polytag/checkpoints';
import { printable, UsageError } from '@polytag/core';
import { FILES } from './model-files.js';

/**
 * Throws if a model folder would replace anything but a model with the same weights: those of another model, of a
 * checkpoint or of an export may be nowhere else.
 *
 * @param weights the model folder that the weights come from, or the bytes of `model.safetensors`
 * @throws UsageError `usage/foreign-folder`
 */
export async function assertReplacesModel(out: string, weights: string | Uint8Array): Promise<void> {
  await assertReplaceable(out);
  const held = await heldChecksum(out, FILES.weights);
  if (held === undefined) return;
  const own =
    typeof weights === 'string'
      ? await heldChecksum(weights, FILES.weights)
      : createHash('sha256').update(weights).digest('hex');
  // A folder from elsewhere has no checksums: what is written in the end is compared.
  if (held === own || (own === undefined && held !== 'none')) return;
  throw new UsageError(
    'usage/foreign-folder',
    `${printable(out, 400)} holds ${held === 'none' ? 'an export or a checkpoint' : 'another model'}, which would be replaced.`,
    { hint: 'Choose another folder with --out, or remove this one first.' },
  );
}
