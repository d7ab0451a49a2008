import { availableParallelism, totalmem } from 'node:os';
import {
  brokerAddress,
  LocalExecutor,
  QueueExecutor,
  queuePlace,
  Store,
  type Executor,
  type QueueOptions,
} from '@polytag/queue';
import { replicaCount, type TrainingSettings } from '@polytag/training';
import type { RunContext } from '../run/run-context.js';
import { TRAINER_JOBS } from './trainer-jobs.js';

/** Where a command's jobs are done: by workers where it names a queue, else here. */
export interface JobPlace extends QueueOptions {
  /** Jobs at once on this machine. Default: as many as it has cores and memory for. */
  readonly parallel?: number;
}

/** What one training run may take of the memory, where nobody says. */
const RUN_BYTES = 4 * 2 ** 30;

/**
 * Opens the store, and what does jobs. After the context's signal all that is under way here is saved and stopped.
 *
 * @param folder of the command: the store, where jobs are done here and none is named
 * @throws UsageError `queue/place`, `queue/url`; QueueError `queue/unreachable`, `queue/not-installed`
 */
export async function openJobs(
  options: JobPlace,
  folder: string,
  { replicas, batchSize }: Pick<TrainingSettings, 'replicas'> & { readonly batchSize: number },
  { signal, progress }: RunContext,
): Promise<{ readonly executor: Executor; readonly store: Store }> {
  const { executor, store } = options.queue === undefined ? await here() : await elsewhere();
  const stop = () => void executor.close();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return { executor, store };

  async function here() {
    const store = await Store.open(options.store ?? folder, { local: true });
    const most = Math.min(availableParallelism() / replicaCount(replicas, batchSize), totalmem() / RUN_BYTES);
    const parallel = options.parallel ?? Math.max(1, Math.floor(most));
    // Who starts a config here runs the code that it names.
    const executor = new LocalExecutor({
      store,
      childModule: TRAINER_JOBS.childModule,
      parallel,
      allowModules: true,
    });
    return { executor, store };
  }

  async function elsewhere() {
    const place = queuePlace(options);
    // First: a wrong address leaves no store behind.
    const broker = brokerAddress(place.queue);
    const store = await Store.open(place.store);
    const tell = (line: string) => progress.line(line);
    progress.line(
      `jobs go to polytag-train at ${broker.shown}, store ${store.path} (${store.id.slice(0, 8)})`,
    );
    return {
      executor: await QueueExecutor.open({ broker, store, program: TRAINER_JOBS.program, tell }),
      store,
    };
  }
}
