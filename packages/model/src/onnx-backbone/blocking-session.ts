import { existsSync } from 'node:fs';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { CheckpointError, EngineError } from '@polytag/core';
import type { OnnxResult, OnnxTensor } from '@polytag/onnx-runtime';

/** An ONNX graph that a layer of TensorFlow.js can run: the caller waits for what it computes. */
export interface BlockingSession {
  /** Package and version of the runtime. */
  readonly runtime: string;
  /**
   * @param input by name
   * @param output the one that is wanted
   * @throws EngineError `engine/onnx-run`
   */
  run(input: Readonly<Record<string, OnnxTensor>>, output: string): OnnxResult;
  close(): void;
}

/** What the thread of a session is started with. */
export interface SessionStart {
  readonly port: MessagePort;
  /** One number, which becomes 1 when there is an answer. */
  readonly answered: Int32Array;
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

/** The built thread, also where this file runs from its source: Node cannot start one from TypeScript. */
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/onnx-backbone/session-thread.js' : './session-thread.js',
  import.meta.url,
);

/**
 * Opens an ONNX file with the onnxruntime that is installed, on a thread of its own: the runtime answers later, and a layer
 * of TensorFlow.js cannot wait for that. It computes on one: several of onnxruntime's spin while they wait for each other,
 * which on a busy machine costs far more than they bring.
 *
 * @param source how errors name the file
 * @throws those of `openSession` of `@polytag/onnx-runtime`; EngineError `engine/no-threads` where the package is not built
 */
export function openBlockingSession(file: Uint8Array, source: string): BlockingSession {
  if (!existsSync(THREAD)) {
    throw new EngineError('engine/no-threads', 'ONNX files are run by a thread of the built package.', {
      hint: 'Build the packages: npm run build.',
    });
  }
  const { port1: port, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const start: SessionStart = { port: port2, answered, file, source };
  const thread = new Worker(THREAD, { workerData: start, transferList: [port2] });
  // Neither keeps a program alive that has nothing else to do.
  thread.unref();
  port.unref();
  const answer = (): Extract<SessionAnswer, { readonly error?: undefined }> => {
    Atomics.wait(answered, 0, 0);
    Atomics.store(answered, 0, 0);
    const { message } = receiveMessageOnPort(port) as { message: SessionAnswer };
    if (message.error) throw received(message.error);
    return message;
  };
  const close = () => void thread.terminate();
  try {
    const { runtime } = answer() as { readonly runtime: string };
    return {
      runtime,
      run(inputs, output) {
        const request: SessionRequest = { inputs, output };
        port.postMessage(request);
        return (answer() as { readonly result: OnnxResult }).result;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function received({ kind, code, message, hint }: SentError): CheckpointError | EngineError {
  return kind === 'checkpoint'
    ? new CheckpointError(code, message, { hint })
    : new EngineError(code, message, { hint });
}
