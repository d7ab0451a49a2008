import type { Streams } from '@polytag/cli';
import { counted, printable, UsageError } from '@polytag/core';
import { Command } from 'commander';
import { isJobId } from '../jobs/job.js';
import { queuePlace, withQueueOptions, type QueueOptions } from './queue-options.js';

/** What is said of a job that was named, and cannot be cancelled. */
const LEFT = {
  finished: 'is already finished',
  failed: 'has already failed',
  unknown: 'is not a job of this program in this store',
};

/** The verbs `jobs status` and `jobs cancel` of a program. */
export function jobsCommand({ out }: Streams, { program }: { readonly program: string }): Command {
  const place = async (options: QueueOptions) => {
    const { brokerAddress } = await import('../broker/broker-address.js');
    const { Store } = await import('../store/store.js');
    const { queue, store } = queuePlace(options);
    return { broker: brokerAddress(queue), store: await Store.open(store), program };
  };
  const status = withQueueOptions(new Command('status'))
    .description('show waiting, running and failed jobs')
    .option('--json', 'print JSON')
    .action(async ({ json, ...options }: QueueOptions & { readonly json?: boolean }) => {
      const { queueStatus } = await import('../broker/queue-jobs.js');
      const found = await queueStatus(await place(options));
      if (json) return void out.write(`${JSON.stringify(found, null, 2)}\n`);
      const { waiting, running, failed, published, workers } = found;
      out.write(
        `${waiting} waiting, ${running.length} running, ${failed.length} failed, ${published} published; ${counted(workers.length, 'worker')}\n`,
      );
      for (const { id, done, total, worker } of running)
        out.write(
          `running  ${printable(id)}  ${done ?? 0}${total ? `/${total}` : ''}  ${printable(worker ?? '', 100)}\n`,
        );
      for (const { id, reason } of failed)
        out.write(`failed   ${printable(id)}  ${printable(reason ?? '', 300)}\n`);
    });
  const cancel = withQueueOptions(new Command('cancel'))
    .description('remove waiting jobs from the queue, and stop running ones')
    .argument('[ids...]', 'ids, as jobs status shows them')
    .option('--all', 'all waiting and running jobs')
    .action(async (ids: string[], { all, ...options }: QueueOptions & { readonly all?: boolean }) => {
      const wrong = ids.find((id) => !isJobId(id));
      if (wrong !== undefined || (ids.length === 0) !== (all === true)) {
        throw new UsageError(
          'usage/invalid',
          wrong === undefined ? 'No jobs were given.' : `${printable(wrong, 100)} is not a job id.`,
          { hint: 'Give ids as jobs status shows them, or --all.' },
        );
      }
      const { cancelJobs } = await import('../broker/queue-jobs.js');
      const outcomes = await cancelJobs(await place(options), all ? undefined : ids);
      for (const [id, outcome] of all ? [] : outcomes)
        if (outcome !== 'cancelled') out.write(`${id} ${LEFT[outcome]}\n`);
      const cancelled = [...outcomes.values()].filter((outcome) => outcome === 'cancelled');
      out.write(`${counted(cancelled.length, 'job')} cancelled\n`);
    });
  return new Command('jobs')
    .description('show or cancel the jobs of a queue')
    .addCommand(status)
    .addCommand(cancel);
}
