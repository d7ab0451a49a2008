import { fork } from 'node:child_process';
import { errorFromThread, InterruptedError, printable, QueueError } from '@polytag/core';
import { fileURLToPath } from 'node:url';
import type { JobStep } from '../jobs/job-kind.js';
import type { ChildMessage, ChildRequest } from './messages.js';

export interface RunInChildOptions {
  /** A module that calls `runJobChild`. */
  readonly childModule: URL;
  /** Has the job save what it did and stop. */
  readonly signal: AbortSignal;
  onStep?(step: JobStep): void;
}

/** What a child has to save its work, ms. */
const GRACE = 120_000;

/** A child process that ended without a word: it was killed, or ran out of memory. */
export class ChildDied extends QueueError {}

/**
 * Does one attempt at a job in a process of its own, so that this one's event loop stays free.
 *
 * @throws InterruptedError `queue/interrupted` after the signal; ChildDied `queue/child-died`; what the job threw
 */
export async function runInChild(
  request: ChildRequest,
  { childModule, signal, onStep }: RunInChildOptions,
): Promise<void> {
  if (signal.aborted) throw interrupted(request);
  const child = fork(fileURLToPath(childModule), [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    // Options of this process (a debugger's port, a test's loader) are not the child's.
    execArgv: [],
  });
  let words = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)));
  let last: Exclude<ChildMessage, { step: JobStep }> | undefined;
  child.on('message', (message: ChildMessage) => {
    if ('step' in message) onStep?.(message.step);
    else last = message;
  });
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), GRACE);
  };
  signal.addEventListener('abort', stop);
  try {
    const ended = new Promise<{ readonly code: number | null; readonly by: string | null }>(
      (resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code, by) => resolve({ code, by }));
      },
    );
    child.send(request);
    const { code, by } = await ended;
    if (last && 'ended' in last) return;
    if (last && 'failed' in last) throw errorFromThread(request.job.kind, last.failed);
    if (signal.aborted || last) throw interrupted(request);
    throw new ChildDied(
      'queue/child-died',
      `The process of a ${request.job.kind} ended ${by ? `by ${by}` : `with status ${code}`}${words ? `: ${printable(words.trim(), 500)}` : ''}.`,
      { hint: 'The system kills a process when memory is short: let a worker do fewer jobs at once.' },
    );
  } finally {
    clearTimeout(killer);
    signal.removeEventListener('abort', stop);
  }
}

const interrupted = ({ job }: ChildRequest): InterruptedError =>
  new InterruptedError('queue/interrupted', `A ${job.kind} was stopped and saved.`);
