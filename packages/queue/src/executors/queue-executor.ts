import { InterruptedError } from '@polytag/core';
import type { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { BrokerAddress } from '../broker/broker-address.js';
import { brokerModules, connect, queueName, refusalFrom } from '../broker/connect.js';
import { jobId, type Job } from '../jobs/job.js';
import { isCancelled, unmarkCancelled } from '../store/attempt.js';
import type { Store } from '../store/store.js';
import { cancelQueued } from '../broker/queue-jobs.js';
import { ATTEMPTS, type Executor, type JobProgress } from './executor.js';
import { jobFailed } from './local-executor.js';

export interface QueueExecutorOptions {
  readonly broker: BrokerAddress;
  readonly store: Store;
  /** `train` or `eval`: whose workers do the jobs. */
  readonly program: string;
  readonly tell: (line: string) => void;
}

interface Entry {
  readonly job: Job;
  progress: JobProgress;
  readonly result: Promise<string>;
  resolve(folder: string): void;
  reject(error: Error): void;
}

/** How often every open job is looked at, ms: events of the broker can be lost, and the broker itself. */
const LOOK = 3000;

/** How the broker treats a job. */
const OPTIONS = {
  attempts: ATTEMPTS,
  backoff: { type: 'fixed', delay: 1000 },
  // The result is in the store.
  removeOnComplete: true,
  removeOnFail: { age: 7 * 24 * 3600 },
};

/** Has jobs done by workers: it puts them into a queue, and waits for what appears in the store. */
export class QueueExecutor implements Executor {
  readonly #open = new Map<string, Entry>();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  private constructor(
    private readonly store: Store,
    private readonly queue: Queue,
    private readonly events: QueueEvents,
    private readonly connections: readonly Redis[],
    private readonly broker: BrokerAddress,
    private readonly tell: (line: string) => void,
  ) {
    this.#timer = setInterval(() => void this.#lookAtAll(), LOOK);
    events.on('progress', ({ jobId: id, data }) => {
      const entry = this.#open.get(id);
      if (entry) entry.progress = { ...(data as object), state: 'running' };
    });
    events.on('active', ({ jobId: id }) => {
      const entry = this.#open.get(id);
      if (entry) entry.progress = { ...entry.progress, state: 'running' };
    });
    for (const event of ['completed', 'failed'] as const)
      events.on(event, ({ jobId: id }: { jobId: string }) => void this.#look(id));
  }

  /** @throws QueueError `queue/not-installed`, `queue/unreachable` */
  static async open({ broker, store, program, tell }: QueueExecutorOptions): Promise<QueueExecutor> {
    const modules = await brokerModules();
    const name = queueName(program, store);
    const connections = [
      await connect(modules, broker, tell),
      // This one waits for events and can do nothing else.
      await connect(modules, broker, () => undefined),
    ];
    const queue = new modules.bullmq.Queue(name, { connection: connections[0] as never });
    const events = new modules.bullmq.QueueEvents(name, { connection: connections[1] as never });
    queue.on('error', () => undefined);
    events.on('error', () => undefined);
    await events.waitUntilReady();
    return new QueueExecutor(store, queue, events, connections, broker, tell);
  }

  async submit(job: Job): Promise<string> {
    const id = jobId(job);
    if (this.#open.has(id)) return id;
    const entry = newEntry(job);
    this.#open.set(id, entry);
    if (this.store.isPublished(id)) this.#publish(id, entry);
    else {
      await unmarkCancelled(this.store, id);
      try {
        await this.#addAnew(id, job);
      } catch (error) {
        this.#open.delete(id);
        throw refusalFrom(error, this.broker) ?? error;
      }
    }
    return id;
  }

  /** What failed before is asked for again. */
  async #addAnew(id: string, job: Job): Promise<void> {
    const before = await this.queue.getJob(id).catch(async (error: unknown) => {
      if (!(error instanceof SyntaxError)) throw error;
      await this.#repair(id, job);
      return this.queue.getJob(id);
    });
    if (before && (await before.isFailed())) await before.remove();
    await this.#add(id, job);
  }

  /** Writes a record anew: a worker that has read it may hold its lock, so that it cannot be removed. */
  async #repair(id: string, job: Job): Promise<void> {
    this.tell(`the record of ${id} in the broker is damaged; writing it again`);
    const [client] = this.connections;
    const key = this.queue.toKey(id);
    await client.hset(key, {
      data: JSON.stringify(job),
      opts: JSON.stringify({ ...OPTIONS, jobId: id }),
    });
    for (const field of ['progress', 'returnvalue', 'stacktrace']) await client.hdel(key, field);
  }

  async #add(id: string, job: Job): Promise<void> {
    await this.queue.add(job.kind, job, { ...OPTIONS, jobId: id });
  }

  progress(id: string): JobProgress {
    return this.#open.get(id)?.progress ?? { state: this.store.isPublished(id) ? 'published' : 'waiting' };
  }

  async result(id: string): Promise<string> {
    const entry = this.#open.get(id);
    if (!entry) return this.store.resultFolder(id);
    try {
      return await entry.result;
    } finally {
      this.#open.delete(id);
    }
  }

  async cancel(id: string): Promise<void> {
    await cancelQueued(this.queue, this.store, id);
    this.#open.get(id)?.reject(cancelled(id));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const entry of this.#open.values())
      entry.reject(new InterruptedError('queue/interrupted', 'Waiting for workers was stopped.'));
    await Promise.allSettled([this.events.close(), this.queue.close()]);
    for (const connection of this.connections) connection.disconnect();
  }

  async #lookAtAll(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (const id of [...this.#open.keys()]) await this.#look(id);
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(id: string): Promise<void> {
    const entry = this.#open.get(id);
    if (!entry || entry.progress.state === 'published') return;
    if (this.store.isPublished(id)) return this.#publish(id, entry);
    if (isCancelled(this.store, id)) return entry.reject(cancelled(id));
    try {
      const queued = await this.queue.getJob(id);
      if (this.store.isPublished(id)) return this.#publish(id, entry);
      // A broker that was started anew may have forgotten it.
      if (!queued) return await this.#add(id, entry.job);
      if (!(await queued.isFailed())) return;
      const reason = queued.failedReason;
      // It was cancelled before it was asked for here, and its worker has stopped since.
      if (reason === 'cancelled' && !isCancelled(this.store, id)) return await this.#addAnew(id, entry.job);
      entry.progress = { state: 'failed' };
      entry.reject(reason === 'cancelled' ? cancelled(id) : jobFailed(id, reason));
    } catch (error) {
      // The broker has it, but not as it was submitted. Otherwise the broker is away: later.
      if (error instanceof SyntaxError) await this.#repair(id, entry.job).catch(() => undefined);
    }
  }

  #publish(id: string, entry: Entry): void {
    entry.progress = { state: 'published' };
    entry.resolve(this.store.resultFolder(id));
  }
}

function newEntry(job: Job): Entry {
  let settle!: Pick<Entry, 'resolve' | 'reject'>;
  const result = new Promise<string>((resolve, reject) => (settle = { resolve, reject }));
  // Who asks for the result is told; nobody need ask.
  result.catch(() => undefined);
  return { job, progress: { state: 'waiting' }, result, ...settle };
}

const cancelled = (id: string): InterruptedError =>
  new InterruptedError('queue/cancelled', `${id} was cancelled.`, {
    hint: 'Repeat the command that submitted it to run it again.',
  });
