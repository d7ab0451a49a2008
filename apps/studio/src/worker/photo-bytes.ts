import { DataError } from '@polytag/core';
import type { PhotoSource } from './protocol.ts';

/** The largest file that is opened as a photograph. */
const MAX_BYTES = 2 ** 27;

/** @throws DataError */
export async function photoBytes(source: PhotoSource): Promise<Uint8Array> {
  if (source instanceof Blob) {
    if (source.size > MAX_BYTES)
      throw new DataError('data/image-too-large', `The file has ${(source.size / 1e6).toFixed(0)} MB.`);
    return new Uint8Array(await source.arrayBuffer());
  }
  const response = await fetch(source.address, { headers: { 'X-Polytag-Token': source.token } });
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  const told = (await response.json().catch(() => ({}))) as { message?: string };
  throw new DataError('data/image-missing', told.message ?? `The server returned ${response.status}.`);
}
