import { untilInterrupted, wholeNumber, whileLoading, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import { HANG_SECONDS } from '../child/job-processes.js';
import { parallelOption, queuePlace, withQueueOptions, type QueueOptions } from './queue-options.js';

/** What is different about the workers of a program. */
export interface ProgramJobs {
  /** `train` or `eval`. */
  readonly program: string;
  readonly childModule: URL;
}

interface WorkerCommandOptions extends QueueOptions {
  readonly parallel?: number;
  readonly lock: number;
  readonly hang: number;
  readonly allowModules?: boolean;
}

/** The verb `worker` of a program. */
export function workerCommand({ err }: Streams, { program, childModule }: ProgramJobs): Command {
  return withQueueOptions(new Command('worker'))
    .description('run jobs from a queue until stopped (SIGTERM saves the running jobs)')
    .addOption(parallelOption('jobs to run at once, each in its own process (default: 1)'))
    .option(
      '--lock <seconds>',
      'seconds without a sign of life after which another worker takes over a job',
      wholeNumber,
      30,
    )
    .option(
      '--hang <seconds>',
      'seconds without progress after which a job is killed and tried again',
      wholeNumber,
      HANG_SECONDS,
    )
    .option('--allow-modules', 'run code that a config or a model contains')
    .action(async ({ parallel = 1, lock, hang, allowModules = false, ...options }: WorkerCommandOptions) => {
      const [{ brokerAddress }, { runWorker }, { Store }] = await whileLoading(() =>
        Promise.all([
          import('../broker/broker-address.js'),
          import('../broker/worker.js'),
          import('../store/store.js'),
        ]),
      );
      const { queue, store } = queuePlace(options);
      const broker = brokerAddress(queue);
      await untilInterrupted(async (signal) =>
        runWorker({
          broker,
          store: await Store.open(store),
          program,
          childModule,
          parallel,
          allowModules,
          lockSeconds: lock,
          hangSeconds: hang,
          signal,
          tell: (line) => void err.write(`${line}\n`),
        }),
      );
    });
}
