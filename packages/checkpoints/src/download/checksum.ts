import { createHash } from 'node:crypto';
import { UsageError } from '@polytag/core';
import { openRegularFile } from '@polytag/files';

/** SHA-256 of a file, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  const { handle } = await openRegularFile(path, { what: 'file', kind: 'checkpoint' });
  for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Digits that say enough: as many as publishers put into the names of their files. */
const FEWEST_DIGITS = 8;

/** @throws UsageError `usage/checksum` unless it is a SHA-256 in hexadecimal, or the first digits of one */
export function checkedDigest(sha256: string): string {
  const digits = sha256.toLowerCase();
  if (/^[0-9a-f]+$/.test(digits) && digits.length >= FEWEST_DIGITS && digits.length <= 64) return digits;
  throw new UsageError('usage/checksum', `"${sha256}" is not a valid SHA-256.`, {
    hint: `Expected 64 hexadecimal digits, or at least the first ${FEWEST_DIGITS}.`,
  });
}

/** @param expected the digest, or its first digits; undefined: any */
export const agrees = (digest: string, expected: string | undefined): boolean =>
  expected === undefined || digest.startsWith(expected);
