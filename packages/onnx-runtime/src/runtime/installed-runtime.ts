import { EngineError } from '@polytag/core';
import { importRuntime, RUNTIMES } from '#find-runtime';
import type { OnnxRuntime } from './onnx-runtime.js';

/** An installed runtime, and its package. */
export interface InstalledRuntime {
  readonly name: string;
  readonly version: string;
  readonly runtime: OnnxRuntime;
}

/** The runtime to install if there is none: it has no install script that downloads, and runs wherever Node does. */
export const RUNTIME_TO_INSTALL = 'onnxruntime-web';

/**
 * The first known runtime that is installed: `onnxruntime-node`, then `onnxruntime-web`. Undefined if there is none.
 */
export async function findOnnxRuntime(): Promise<InstalledRuntime | undefined> {
  for (const name of RUNTIMES) {
    const runtime = await importRuntime(name);
    if (runtime) return describeRuntime(runtime, name);
  }
  return undefined;
}

/**
 * Like {@link findOnnxRuntime}, but throws if there is none.
 *
 * @throws EngineError `engine/onnx-runtime-missing`
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

/** Describes a runtime that the caller imported, with its name and version. */
export function describeRuntime(runtime: OnnxRuntime, name?: string): InstalledRuntime {
  const { node, web, common } = runtime.env.versions;
  return {
    name: name ?? (node === undefined ? 'onnxruntime-web' : 'onnxruntime-node'),
    version: node ?? web ?? common,
    runtime,
  };
}
