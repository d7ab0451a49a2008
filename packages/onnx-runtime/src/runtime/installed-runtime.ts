import { EngineError } from '@polytag/core';
import { importRuntime, RUNTIMES } from '#find-runtime';
import type { OnnxRuntime } from './onnx-runtime.js';

/** A runtime that is there, and its package. */
export interface InstalledRuntime {
  readonly name: string;
  readonly version: string;
  readonly runtime: OnnxRuntime;
}

/** What to install where there is no runtime: it has no script that downloads, and runs wherever Node does. */
export const RUNTIME_TO_INSTALL = 'onnxruntime-web';

/** The first of the known runtimes that is installed: `onnxruntime-node`, then `onnxruntime-web`. Undefined where there is none. */
export async function findOnnxRuntime(): Promise<InstalledRuntime | undefined> {
  for (const name of RUNTIMES) {
    const runtime = await importRuntime(name);
    if (runtime) return describeRuntime(runtime, name);
  }
  return undefined;
}

/**
 * As {@link findOnnxRuntime}.
 *
 * @throws EngineError `engine/onnx-runtime-missing` where none is installed
 */
export async function requireOnnxRuntime(): Promise<InstalledRuntime> {
  const found = await findOnnxRuntime();
  if (found) return found;
  throw new EngineError(
    'engine/onnx-runtime-missing',
    'ONNX files need onnxruntime, which is not installed.',
    {
      hint: `Install it: npm i ${RUNTIME_TO_INSTALL}, or onnxruntime-node, which is faster and larger.`,
    },
  );
}

/** A runtime that the caller imported, with its name and version. */
export function describeRuntime(runtime: OnnxRuntime, name?: string): InstalledRuntime {
  const { node, web, common } = runtime.env.versions;
  return {
    name: name ?? (node === undefined ? 'onnxruntime-web' : 'onnxruntime-node'),
    version: node ?? web ?? common,
    runtime,
  };
}
