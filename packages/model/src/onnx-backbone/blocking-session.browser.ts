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
    `${source} needs onnxruntime, which cannot run inside TensorFlow.js in a browser.`,
    {
      hint: 'Export the whole model as one ONNX file (polytag-eval export --format onnx) and load it with @polytag/onnx-runtime.',
    },
  );
}
