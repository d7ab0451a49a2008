import { writeFileAtomically } from '@polytag/files';
import { layOut, type TensorsToStore } from './serialise.js';

/**
 * Writes a safetensors file atomically: to a temporary file, flushed, then renamed.
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
