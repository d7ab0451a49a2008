import type { OnnxRuntime } from '@polytag/export';

/** Packages that run ONNX files; people install one of them beside ours. The first is faster, the second has no binaries. */
const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const;

/** Codes of a module that is not installed, as Node and bundlers of tests tell it. */
const NOT_THERE = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/** What to install where there is none. */
export const RUNTIME_TO_INSTALL = 'onnxruntime-web';

/** The installed runtime with its name; undefined where there is none. */
export async function onnxRuntime(): Promise<{ name: string; runtime: OnnxRuntime } | undefined> {
  for (const name of RUNTIMES) {
    try {
      return { name, runtime: (await import(name)) as OnnxRuntime };
    } catch (error) {
      if (!NOT_THERE.includes((error as { code?: string }).code ?? '')) throw error;
    }
  }
  return undefined;
}
