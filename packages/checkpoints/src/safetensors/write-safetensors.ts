import { writeFileAtomically } from '@polytag/files';
import { layOut, type TensorsToStore } from './serialise.js';

/**
 * Writes a safetensors file: aside, flushed to the disk, then renamed over the old one.
 *
 * @throws UsageError as `serialiseSafetensors`; FileError `file/…`
 */
export async function writeSafetensors(
  path: string,
  tensors: TensorsToStore,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomically(path, layOut(tensors, metadata));
}
