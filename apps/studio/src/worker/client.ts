import { strings } from '../strings.ts';
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

/** A worker with a model of its own. It starts when it is asked for something first. */
export class NetworkWorker {
  #worker?: Worker;
  #next = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Asks the worker for something. It does one call after another. */
  ask<Name extends Call>(
    name: Name,
    request: Requests[Name],
    {
      report,
      signal,
    }: { readonly report?: (progress: Progress) => void; readonly signal?: AbortSignal } = {},
  ): Promise<Answers[Name]> {
    const id = this.#next++;
    const worker = (this.#worker ??= this.#started());
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, report });
      signal?.addEventListener('abort', () => worker.postMessage({ id, stop: true }), { once: true });
      worker.postMessage({ id, name, request });
    });
  }

  /** Ends the worker, and frees the memory of its model. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#fail({ message: 'The model was closed.' });
  }

  #started(): Worker {
    const worker = new Worker(new URL('./network.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({
      data,
    }: MessageEvent<{ id: number; value?: never; failure?: Failure; progress?: Progress }>) => {
      const call = this.#waiting.get(data.id);
      if (!call) return;
      if (data.progress) return call.report?.(data.progress);
      this.#waiting.delete(data.id);
      if (data.failure) call.reject(new WorkerError(data.failure));
      else call.resolve(data.value!);
    };
    let hasAnswered = false;
    worker.addEventListener('message', () => (hasAnswered = true), { once: true });
    worker.onerror = (event) => {
      // One that does not start is started again by the next call.
      if (!hasAnswered) this.#worker = undefined;
      this.#fail({ message: event.message || strings.workerMissing, hint: strings.reload });
    };
    return worker;
  }

  #fail(failure: Failure): void {
    for (const { reject } of this.#waiting.values()) reject(new WorkerError(failure));
    this.#waiting.clear();
  }
}
