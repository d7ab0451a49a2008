import { existsSync } from 'node:fs';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { EngineError } from '@polytag/core';

/** What a thread that answers is started with. */
export interface AnsweringStart<Data> {
  readonly port: MessagePort;
  /** One number; 1 says that there is an answer on the port. */
  readonly answered: Int32Array;
  readonly data: Data;
}

/** What the thread that watches it is started with. */
export interface WatcherStart {
  /** The module of the thread to start and to watch. */
  readonly module: string;
  readonly start: AnsweringStart<unknown>;
  /** Where the reason goes once it has ended. */
  readonly ends: MessagePort;
}

/** Of those that Node was started with some are for one program alone: a thread does not start with `--input-type`. */
export const NO_ARGUMENTS: { readonly execArgv: string[] } = { execArgv: [] };

/** Tells who waits that there is an answer. */
export function wake(answered: Int32Array): void {
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
}

/** The built thread, also where this file runs from its source: Node cannot start one from TypeScript. */
export const threadModule = (name: string): URL =>
  new URL(
    import.meta.url.endsWith('.ts') ? `../../dist/onnx-backbone/${name}` : `./${name}`,
    import.meta.url,
  );

/**
 * A thread whose answers its caller waits for. A caller that waits hears of nothing, so a second thread watches the first:
 * one that ends without an answer is an error, not a wait without end.
 */
export class BlockingThread<Request, Answer> {
  readonly #watcher: Worker;
  readonly #port: MessagePort;
  readonly #ends: MessagePort;
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));
  #ended?: string;

  /**
   * @param module of the thread, whose `workerData` is an {@link AnsweringStart}
   * @param what is computed there, as errors name it
   * @throws EngineError `engine/no-threads` where the package is not built
   */
  constructor(
    module: URL,
    data: unknown,
    readonly what: string,
  ) {
    const watcher = threadModule('watcher-thread.js');
    if (!existsSync(watcher)) {
      throw new EngineError(
        'engine/no-threads',
        'ONNX files run on a thread, which needs the built package.',
        {
          hint: 'Build the packages: npm run build.',
        },
      );
    }
    const [answers, ends] = [new MessageChannel(), new MessageChannel()];
    [this.#port, this.#ends] = [answers.port1, ends.port1];
    const start: WatcherStart = {
      module: module.href,
      start: { port: answers.port2, answered: this.#answered, data },
      ends: ends.port2,
    };
    this.#watcher = new Worker(watcher, {
      workerData: start,
      transferList: [answers.port2, ends.port2],
      ...NO_ARGUMENTS,
    });
    // None keeps a program alive that has nothing else to do.
    for (const one of [this.#watcher, this.#port, this.#ends]) one.unref();
  }

  /** @throws EngineError `engine/onnx-thread` */
  ask(request: Request): Answer {
    this.#port.postMessage(request);
    return this.answer();
  }

  /**
   * Waits for the next answer.
   *
   * @throws EngineError `engine/onnx-thread` when the thread has ended
   */
  answer(): Answer {
    for (;;) {
      const found = receiveMessageOnPort(this.#port) as { message: Answer } | undefined;
      if (found) return found.message;
      const end = receiveMessageOnPort(this.#ends) as { message: string } | undefined;
      this.#ended ??= end?.message;
      if (this.#ended !== undefined) {
        throw new EngineError(
          'engine/onnx-thread',
          `The thread that runs ${this.what} stopped: ${this.#ended}.`,
          {
            hint: 'It may have run out of memory: close other programs, or compute fewer images at once (training.batchSize; score, compare, serve and benchmark have --batch).',
          },
        );
      }
      Atomics.wait(this.#answered, 0, 0);
      Atomics.store(this.#answered, 0, 0);
    }
  }

  close(): void {
    void this.#watcher.terminate();
  }
}
