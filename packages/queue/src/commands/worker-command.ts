import { untilInterrupted, wholeNumber, type Streams } from '@polytag/cli';
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
    .description(
      'take jobs from a queue until the process is told to stop (SIGTERM), which saves what it is at',
    )
    .addOption(parallelOption('jobs at once, each in a process of its own (default: 1)'))
    .option(
      '--lock <seconds>',
      'how long a worker may be silent until its job goes to another',
      wholeNumber,
      30,
    )
    .option(
      '--hang <seconds>',
      'how long a job may show no progress until its process is killed and it is tried again',
      wholeNumber,
      HANG_SECONDS,
    )
    .option('--allow-modules', 'run the code of parts that a config or a model brings')
    .action(async ({ parallel = 1, lock, hang, allowModules = false, ...options }: WorkerCommandOptions) => {
      const { brokerAddress } = await import('../broker/broker-address.js');
      const { runWorker } = await import('../broker/worker.js');
      const { Store } = await import('../store/store.js');
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
