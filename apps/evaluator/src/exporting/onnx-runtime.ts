import type { OnnxRuntime } from '@polytag/export';

/** The package that runs ONNX files; people install it beside ours. */
export const RUNTIME = 'onnxruntime-node';

/** The installed runtime; undefined where there is none. */
export async function onnxRuntime(): Promise<OnnxRuntime | undefined> {
  try {
    return (await import('onnxruntime-node')) as unknown as OnnxRuntime;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
