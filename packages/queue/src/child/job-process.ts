import { fork, type ChildProcess } from 'node:child_process';
import { errorFromThread, InterruptedError, printable, QueueError } from '@polytag/core';
import { duration } from '@polytag/cli';
import { fileURLToPath } from 'node:url';
import type { JobStep } from '../jobs/job-kind.js';
import type { ChildEnd, ChildMessage, ChildRequest } from './messages.js';

export interface RunJobOptions {
  /** Has the job save what it did and stop. */
  readonly signal: AbortSignal;
  onStep?(step: JobStep): void;
}

/** What a child has to load the program's jobs, however short a hang is. */
const LOAD_SECONDS = 60;

/** What a timer can wait, ms: a longer one would end at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** What a child has to save its work, ms. */
const GRACE = 120_000;

/** A child process that ended without a word: it was killed, or ran out of memory. */
export class ChildDied extends QueueError {}

/** How a process ended. */
interface Exit {
  readonly code: number | null;
  readonly by: string | null;
}

/**
 * A process that does jobs, one at a time. It loads the program's jobs as it starts, so that one that is started before it
 * is needed is ready sooner.
 */
export class JobProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<Exit>;
  #hasEnded = false;
  #jobs = 0;
  #words = '';
  #onMessage: (message: ChildMessage) => void = () => undefined;

  /** @param childModule calls `runJobChild` */
  constructor(childModule: URL) {
    this.#child = fork(fileURLToPath(childModule), [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      // Options of this process (a debugger's port, a test's loader) are not the child's.
      execArgv: [],
    });
    this.#child
      .stderr!.setEncoding('utf8')
      .on('data', (text: string) => (this.#words = (this.#words + text).slice(-2000)));
    this.#child.on('message', (message: ChildMessage) => this.#onMessage(message));
    this.#exit = new Promise((resolve) => {
      const end = (exit: Exit) => {
        this.#hasEnded = true;
        resolve(exit);
      };
      this.#child.on('error', (error) => {
        this.#words += error.message;
        end({ code: null, by: null });
      });
      this.#child.on('close', (code, by) => end({ code, by }));
    });
  }

  /** Whether it can be given a job. */
  get isUsable(): boolean {
    return !this.#hasEnded && this.#child.connected;
  }

  /**
   * Does one attempt at a job.
   *
   * @param hangSeconds how long it may show no progress until it is killed
   * @returns whether the process can be given another job; `declined`: it did not begin this one
   * @throws InterruptedError `queue/interrupted` after the signal; ChildDied `queue/child-died`; QueueError
   *   `queue/child-hung`; what the job threw
   */
  async run(
    request: ChildRequest,
    { signal, onStep, hangSeconds }: RunJobOptions & { readonly hangSeconds: number },
  ): Promise<'kept' | 'ended' | 'declined'> {
    if (signal.aborted) throw interrupted(request);
    const isFirst = this.#jobs++ === 0;
    let isHung = false;
    const kill = () => {
      isHung = true;
      this.#child.kill('SIGKILL');
    };
    // A process that has not said anything is still loading.
    let watch = setTimeout(kill, Math.min(1000 * Math.max(hangSeconds, LOAD_SECONDS), LONGEST_TIMER));
    let grace: NodeJS.Timeout | undefined;
    const stop = () => {
      this.#child.kill('SIGTERM');
      grace = setTimeout(() => this.#child.kill('SIGKILL'), GRACE);
    };
    signal.addEventListener('abort', stop);
    let told: ChildEnd | undefined;
    let hasSpoken = false;
    try {
      const end = new Promise<void>((resolve) => {
        this.#onMessage = (message) => {
          clearTimeout(watch);
          watch = setTimeout(kill, Math.min(1000 * hangSeconds, LONGEST_TIMER));
          hasSpoken = true;
          if ('step' in message) onStep?.(message.step);
          else if (!('isAlive' in message)) {
            told = message;
            resolve();
          }
        };
      });
      this.#child.send(request, () => undefined);
      await Promise.race([end, this.#exit]);
      if (told && 'ended' in told && told.isKept) return 'kept';
      const { code, by } = await this.#exit;
      if (told && 'ended' in told) return 'ended';
      if (told && 'declined' in told) return 'declined';
      if (told && 'failed' in told) throw errorFromThread(request.job.kind, told.failed);
      if (isHung) throw hung(request, hangSeconds);
      if (signal.aborted || told) throw interrupted(request);
      // It may have been killed before it was given the job.
      if (!isFirst && !hasSpoken) return 'declined';
      const words = this.#words.trim();
      throw new ChildDied(
        'queue/child-died',
        `The process of a ${request.job.kind} ended ${by ? `by ${by}` : `with status ${code}`}${words ? `: ${printable(words, 500)}` : ''}.`,
        { hint: 'The system kills processes when memory runs out: run fewer jobs at once (--parallel).' },
      );
    } finally {
      clearTimeout(watch);
      clearTimeout(grace);
      signal.removeEventListener('abort', stop);
      this.#onMessage = () => undefined;
    }
  }

  /** Ends a process that has nothing to do. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}

const hung = ({ job }: ChildRequest, seconds: number): QueueError =>
  new QueueError(
    'queue/child-hung',
    `A ${job.kind} showed no progress for ${duration(seconds)} and was killed.`,
    { hint: 'If its steps take that long, start the worker with --hang and more seconds.' },
  );

const interrupted = ({ job }: ChildRequest): InterruptedError =>
  new InterruptedError('queue/interrupted', `A ${job.kind} was stopped and saved.`);
