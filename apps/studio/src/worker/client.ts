import type { Answers, Call, Failure, Progress, Requests } from './protocol.ts';

/** An error of the worker, with what to do about it. */
export class WorkerError extends Error {
  readonly hint?: string;
  readonly code?: string;

  constructor({ message, hint, code }: Failure) {
    super(message);
    this.hint = hint;
    this.code = code;
  }
}

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
  report?: (progress: Progress) => void;
}

let worker: Worker | undefined;
let next = 0;
const waiting = new Map<number, Waiting>();

function started(): Worker {
  if (worker) return worker;
  worker = new Worker(new URL('./network.worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({
    data,
  }: MessageEvent<{ id: number; value?: never; failure?: Failure; progress?: Progress }>) => {
    const call = waiting.get(data.id);
    if (!call) return;
    if (data.progress) return call.report?.(data.progress);
    waiting.delete(data.id);
    if (data.failure) call.reject(new WorkerError(data.failure));
    else call.resolve(data.value!);
  };
  worker.onerror = (event) => {
    const error = new WorkerError({ message: event.message || 'The worker does not start.' });
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  return worker;
}

/** Asks the worker for something. All work of the network is done there, one call after another. */
export function ask<Name extends Call>(
  name: Name,
  request: Requests[Name],
  { report, signal }: { readonly report?: (progress: Progress) => void; readonly signal?: AbortSignal } = {},
): Promise<Answers[Name]> {
  const id = next++;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject, report });
    signal?.addEventListener('abort', () => started().postMessage({ id, stop: true }), { once: true });
    started().postMessage({ id, name, request });
  });
}
