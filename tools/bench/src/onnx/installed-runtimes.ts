import {
  describeRuntime,
  requireOnnxRuntime,
  type InstalledRuntime,
  type OnnxRuntime,
} from '@polytag/onnx-runtime';
import { RUNTIMES, type RuntimeName } from './time-onnx.js';

/** Whether a package that runs ONNX files is there. */
export function isInstalled(name: RuntimeName): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Every onnxruntime that is installed.
 *
 * @throws EngineError `engine/onnx-runtime-missing` where there is none
 */
export async function installedRuntimes(): Promise<InstalledRuntime[]> {
  const names = RUNTIMES.filter(isInstalled);
  if (names.length === 0) return [await requireOnnxRuntime()];
  return Promise.all(names.map(async (name) => describeRuntime((await import(name)) as OnnxRuntime, name)));
}
