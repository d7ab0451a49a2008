import { CheckpointError, EngineError } from '@polytag/core';
import type { OnnxResult, OnnxTensor } from '@polytag/onnx-runtime';
import { BlockingThread, threadModule } from './blocking-thread.js';

/** An ONNX graph that a layer of TensorFlow.js can run: the caller waits for what it computes. */
export interface BlockingSession {
  /** Package and version of the runtime. */
  readonly runtime: string;
  /**
   * @param input by name
   * @param output the one that is wanted
   * @throws EngineError `engine/onnx-run`; `engine/onnx-thread` when its thread has ended
   */
  run(input: Readonly<Record<string, OnnxTensor>>, output: string): OnnxResult;
  close(): void;
}

/** What the thread of a session is started with. */
export interface SessionFile {
  readonly file: Uint8Array;
  readonly source: string;
}

/** What it is asked. */
export interface SessionRequest {
  readonly inputs: Readonly<Record<string, OnnxTensor>>;
  readonly output: string;
}

/** An error as it crosses from a thread to another. */
export interface SentError {
  readonly kind: 'checkpoint' | 'engine';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What it answers: first what runs, then a result to each request. */
export type SessionAnswer =
  | { readonly error: SentError }
  | { readonly error?: undefined; readonly runtime: string }
  | { readonly error?: undefined; readonly result: OnnxResult };

/**
 * Opens an ONNX file with the onnxruntime that is installed, on a thread of its own: the runtime answers later, and a layer
 * of TensorFlow.js cannot wait for that. It computes on one: several of onnxruntime's spin while they wait for each other,
 * which on a busy machine costs far more than they bring.
 *
 * @param source how errors name the file
 * @throws those of `openSession` of `@polytag/onnx-runtime`; EngineError `engine/no-threads` where the package is not built,
 *   `engine/onnx-thread` when the thread ends
 */
export function openBlockingSession(file: Uint8Array, source: string): BlockingSession {
  const data: SessionFile = { file, source };
  const thread = new BlockingThread<SessionRequest, SessionAnswer>(
    threadModule('session-thread.js'),
    data,
    source,
  );
  try {
    const { runtime } = checked(thread.answer()) as { readonly runtime: string };
    return {
      runtime,
      run: (inputs, output) =>
        (checked(thread.ask({ inputs, output })) as { readonly result: OnnxResult }).result,
      close: () => thread.close(),
    };
  } catch (error) {
    thread.close();
    throw error;
  }
}

/** @throws the error that was answered */
function checked(answer: SessionAnswer): Extract<SessionAnswer, { readonly error?: undefined }> {
  if (answer.error) throw received(answer.error);
  return answer;
}

function received({ kind, code, message, hint }: SentError): CheckpointError | EngineError {
  return kind === 'checkpoint'
    ? new CheckpointError(code, message, { hint })
    : new EngineError(code, message, { hint });
}
