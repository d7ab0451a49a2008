import { hostname } from 'node:os';
import { counted, InterruptedError, printable } from '@polytag/core';
import { attemptJob, failureText } from '../child/attempt-job.js';
import { ChildDied, LONGEST_TIMER } from '../child/job-process.js';
import { JobProcesses } from '../child/job-processes.js';
import { jobId, jobSchema } from '../jobs/job.js';
import type { JobStep } from '../jobs/job-kind.js';
import type { Store } from '../store/store.js';
import type { BrokerAddress } from './broker-address.js';
import { brokerModules, connect, queueName, refusalFrom } from './connect.js';

export interface WorkerOptions {
  readonly broker: BrokerAddress;
  readonly store: Store;
  /** `train` or `eval`: which jobs it takes. */
  readonly program: string;
  readonly childModule: URL;
  /** Jobs at once. */
  readonly parallel: number;
  readonly allowModules: boolean;
  /** Seconds without a sign of life after which a worker's job goes to another worker. */
  readonly lockSeconds: number;
  /** Seconds without progress after which the process of a job is killed. Default 3600. */
  readonly hangSeconds?: number;
  /** Stops the worker: it saves its jobs, returns them to the queue, and ends. */
  readonly signal: AbortSignal;
  /** Called with messages for a person. */
  readonly tell: (line: string) => void;
}

/**
 * How often a job may lose its worker before it is given up. Machines that may go at any time take a long job from worker
 * to worker.
 */
const STALLS = 20;

/**
 * Takes jobs from a queue until the signal. Each job runs in its own process, so that this one is always free to renew its
 * locks; a long computation would keep it from that.
 */
export async function runWorker({
  broker,
  store,
  program,
  childModule,
  parallel,
  allowModules,
  lockSeconds,
  hangSeconds,
  signal,
  tell,
}: WorkerOptions): Promise<void> {
  const modules = await brokerModules();
  const { Worker, UnrecoverableError, WaitingError } = modules.bullmq;
  const connection = await connect(modules, broker, tell);
  const stop = new AbortController();
  const processes = new JobProcesses({ childModule, hangSeconds });
  let done = 0;
  const worker = new Worker(
    queueName(program, store),
    async (queued, token) => {
      const parsed = jobSchema.safeParse(queued.data);
      // Whoever may write to the broker may write anything.
      if (!parsed.success || jobId(parsed.data) !== queued.id) {
        tell(`${printable(String(queued.id))}: is not a valid job`);
        throw new UnrecoverableError('This is not a valid job.');
      }
      tell(`${queued.id}: begun`);
      const report = throttled((step) => void queued.updateProgress({ ...step }).catch(() => undefined));
      try {
        await attemptJob(parsed.data, {
          store,
          isLocal: false,
          processes,
          allowModules,
          signal: stop.signal,
          onStep: report,
        });
        done++;
        tell(`${queued.id}: published`);
      } catch (error) {
        if (!(error instanceof InterruptedError)) {
          const text = failureText(error as Error);
          tell(`${queued.id}: ${printable(text, 500)}`);
          // What Redis keeps of it is read by people.
          throw error instanceof ChildDied ? error : new Error(text);
        }
        if (error.code === 'queue/cancelled') throw new UnrecoverableError('cancelled');
        if (error.code === 'queue/fenced') throw error;
        tell(`${queued.id}: saved and returned to the queue`);
        await queued.moveToWait(token);
        throw new WaitingError();
      }
    },
    {
      connection: connection as never,
      concurrency: parallel,
      name: `${hostname()}:${process.pid}`,
      lockDuration: Math.min(1000 * lockSeconds, LONGEST_TIMER),
      stalledInterval: Math.min(500 * lockSeconds, LONGEST_TIMER),
      maxStalledCount: STALLS,
    },
  );
  let refusal: string | undefined;
  worker.on('error', (error) => {
    // A connection that is lost is told of above; what is refused is asked again and again.
    const text = refusalFrom(error, broker)?.message;
    if (text !== undefined && text !== refusal) tell(text);
    refusal = text ?? refusal;
  });
  for (let i = 0; i < parallel; i++) processes.prepare();
  await worker.waitUntilReady();
  tell(
    `waiting for jobs of polytag-${program} at ${broker.shown}, store ${store.path} (${store.id.slice(0, 8)})`,
  );
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  tell('stopping: taking no new jobs');
  const closed = worker.close();
  stop.abort();
  await closed;
  await processes.close();
  connection.disconnect();
  tell(`ended after ${counted(done, 'job')}`);
}

/** At most one report a second. */
function throttled(report: (step: JobStep) => void): (step: JobStep) => void {
  let last = -Infinity;
  return (step) => {
    if (performance.now() - last < 1000) return;
    last = performance.now();
    report(step);
  };
}
