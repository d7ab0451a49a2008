import { createHash } from 'node:crypto';
import { CheckpointError } from '@polytag/core';
import { readTextFile } from '@polytag/files';
import * as z from 'zod';

/** The file that lists the others, with their checksums. */
export const MANIFEST = 'manifest.json';

/** A path of plain names, none of which leads up: a folder from elsewhere cannot point out of itself. */
export const isPathWithin = (path: string): boolean =>
  path.split('/').every((name) => /^[^\\\0]+$/.test(name) && name !== '.' && name !== '..');

const manifestSchema = z.object({
  version: z.literal(1),
  files: z.record(
    z.string().refine((name) => isPathWithin(name) && name !== MANIFEST),
    z.object({ bytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;

export function manifestOf(files: ReadonlyMap<string, Uint8Array>): Manifest {
  return {
    version: 1,
    files: Object.fromEntries(
      [...files].map(([name, bytes]) => [name, { bytes: bytes.length, sha256: sha256(bytes) }]),
    ),
  };
}

const MAX_BYTES = 2 ** 20;

/** @throws CheckpointError those of `readTextFile` */
export const readManifestText = (path: string): Promise<string> =>
  readTextFile(path, { what: 'manifest', kind: 'checkpoint', maxBytes: MAX_BYTES });

/** @throws CheckpointError `checkpoint/manifest` */
export function parseManifest(text: string, path: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CheckpointError('checkpoint/manifest', `${path} is not a valid manifest.`, {
      hint: 'The folder was not written by Polytag, or it is damaged.',
      cause,
    });
  }
}

/** @throws CheckpointError `checkpoint/checksum` that names the file */
export function verify(manifest: Manifest, name: string, bytes: Uint8Array, path: string): void {
  const { bytes: length, sha256: expected } = manifest.files[name];
  if (bytes.length !== length || sha256(bytes) !== expected) {
    const how =
      bytes.length !== length ? `has ${bytes.length} bytes, expected ${length}` : 'has a different checksum';
    throw new CheckpointError('checkpoint/checksum', `${path} has changed since it was written: it ${how}.`, {
      hint: 'The file was modified or damaged. Restore the folder from a copy.',
    });
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
