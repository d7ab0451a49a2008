import type { OnnxRuntime } from './onnx-runtime.js';

export const RUNTIMES = ['onnxruntime-web'] as const;

/** The part of the runtime that computes on the processor; a bundler takes it along. Undefined where it could not be found. */
export async function importRuntime(_name: string): Promise<OnnxRuntime | undefined> {
  try {
    return (await import('onnxruntime-web/wasm')) as unknown as OnnxRuntime;
  } catch {
    return undefined;
  }
}
