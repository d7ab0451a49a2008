import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job, Queue } from 'bullmq';
import { markCancelled } from '../store/attempt.js';
import type { Store } from '../store/store.js';
import type { BrokerAddress } from './broker-address.js';
import { brokerModules, connect, queueName, refusalFrom } from './connect.js';

/** A job as `jobs status` shows it. */
export interface QueuedJob {
  readonly id: string;
  readonly state: 'waiting' | 'running' | 'failed';
  readonly done?: number;
  readonly total?: number;
  readonly worker?: string;
  readonly reason?: string;
}

/** A queue and its workers, at one moment. */
export interface QueueStatus {
  readonly waiting: number;
  readonly running: readonly QueuedJob[];
  readonly failed: readonly QueuedJob[];
  /** Results that are in the store. */
  readonly published: number;
  /** Names of the workers that are connected. */
  readonly workers: readonly string[];
}

export interface QueuePlace {
  readonly broker: BrokerAddress;
  readonly store: Store;
  readonly program: string;
}

/** Jobs of one kind that are shown one by one. */
const SHOWN = 100;

export const queueStatus = (place: QueuePlace): Promise<QueueStatus> =>
  withQueue(place, async (queue) => {
    const [counts, active, failed, workers] = await Promise.all([
      queue.getJobCounts('waiting', 'delayed', 'prioritized'),
      shownJobs(queue, 'active'),
      shownJobs(queue, 'failed'),
      queue.getWorkers(),
    ]);
    const step = (progress: unknown) => (progress ?? {}) as { done?: number; total?: number };
    return {
      waiting: Object.values(counts).reduce((sum, count) => sum + count, 0),
      running: active.map(({ id, job }) => {
        const { done, total } = step(job?.progress);
        return { id, state: 'running', done, total, worker: job?.processedBy };
      }),
      failed: failed.map(({ id, job }) => ({
        id,
        state: 'failed',
        reason: job ? job.failedReason : DAMAGED,
      })),
      published: await publishedIn(place.store),
      workers: workers.map((worker) => String(worker['name'] ?? '')).map((name) => name.split(':w:').at(-1)!),
    };
  });

/** What is told of a job that the broker has, but not as anybody has submitted it. */
const DAMAGED = 'its record in the broker is damaged';

/** The first jobs of a state, without those that end while they are read; of a damaged one the id alone. */
async function shownJobs(
  queue: Queue,
  state: 'active' | 'failed',
): Promise<{ readonly id: string; readonly job?: Job }[]> {
  const ids = await queue.getRanges([state], 0, SHOWN - 1);
  const jobs = await Promise.all(
    ids.map((id) =>
      queue.getJob(id).catch((error: unknown) => {
        if (error instanceof SyntaxError) return null;
        throw error;
      }),
    ),
  );
  return ids.flatMap((id, i) => (jobs[i] === undefined ? [] : [{ id, job: jobs[i] ?? undefined }]));
}

/** What became of a job that was to be cancelled. `unknown`: neither the queue nor the store has it. */
export type CancelOutcome = 'cancelled' | 'finished' | 'failed' | 'unknown';

/**
 * Takes jobs out of the queue, and has those that are under way stop.
 *
 * @param ids absent: all that wait or are under way
 * @returns what became of each
 */
export const cancelJobs = (
  place: QueuePlace,
  ids?: readonly string[],
): Promise<ReadonlyMap<string, CancelOutcome>> =>
  withQueue(place, async (queue) => {
    const all = ids ?? (await queue.getRanges(['active', 'waiting', 'delayed', 'prioritized']));
    const outcomes = new Map<string, CancelOutcome>();
    for (const id of all) {
      const state = await queue.getJobState(id);
      const outcome = outcomeFor(id, state, place.store);
      if (outcome === 'cancelled') await cancelQueued(queue, place.store, id);
      outcomes.set(id, outcome);
    }
    return outcomes;
  });

function outcomeFor(id: string, state: string, store: Store): CancelOutcome {
  if (store.isPublished(id)) return 'finished';
  if (state === 'failed') return 'failed';
  // One that is neither there nor begun has nobody who waits for it.
  return state === 'unknown' && !existsSync(store.jobFolder(id)) ? 'unknown' : 'cancelled';
}

export async function cancelQueued(queue: Queue, store: Store, id: string): Promise<void> {
  await markCancelled(store, id);
  // One that is under way is locked: its worker sees the mark.
  await queue.remove(id).catch(() => 0);
}

async function publishedIn(store: Store): Promise<number> {
  const ids = await readdir(join(store.path, 'jobs')).catch(() => []);
  return ids.filter((id) => store.isPublished(id)).length;
}

async function withQueue<Result>(
  { broker, store, program }: QueuePlace,
  job: (queue: Queue) => Promise<Result>,
): Promise<Result> {
  const modules = await brokerModules();
  const connection = await connect(modules, broker, () => undefined);
  const queue = new modules.bullmq.Queue(queueName(program, store), { connection: connection as never });
  queue.on('error', () => undefined);
  try {
    return await job(queue);
  } catch (error) {
    throw refusalFrom(error, broker) ?? error;
  } finally {
    await queue.close();
    connection.disconnect();
  }
}
