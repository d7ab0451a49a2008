import { EngineError } from '@polytag/core';
import type { BlockingSession } from './blocking-session.js';

/**
 * A page may not wait for another thread.
 *
 * @throws EngineError `engine/onnx-page`
 */
export function openBlockingSession(_file: Uint8Array, source: string): BlockingSession {
  throw new EngineError(
    'engine/onnx-page',
    `${source} is run by onnxruntime, which TensorFlow.js cannot wait for in a page.`,
    {
      hint: 'Write one ONNX file of the whole model (polytag-eval export --format onnx) and load it with @polytag/onnx-runtime.',
    },
  );
}
