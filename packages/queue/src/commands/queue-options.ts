import { wholeNumber } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { Option, type Command } from 'commander';

/** What a command is given of a queue. */
export interface QueueOptions {
  /** `true`: the URL is in the environment. */
  readonly queue?: string | true;
  readonly store?: string;
}

export const queueOption = () =>
  new Option(
    '--queue [url]',
    'address of the Redis or Valkey server, redis://HOST:PORT or rediss://HOST:PORT (default: POLYTAG_QUEUE_URL; the password goes into POLYTAG_QUEUE_PASSWORD)',
  );

export const storeOption = () =>
  new Option('--store <folder>', 'folder shared by all machines, for the input and the results of jobs');

/** Adds the options that hand a command's work to workers. */
export const withQueueOptions = (command: Command): Command =>
  command.addOption(queueOption()).addOption(storeOption());

export const parallelOption = (description: string) =>
  new Option('--parallel <n>', description).argParser(wholeNumber);

/**
 * The broker and the store of a command that needs both.
 *
 * @throws UsageError `queue/place`
 */
export function queuePlace({ queue, store }: QueueOptions): {
  readonly queue: string | true;
  readonly store: string;
} {
  if (queue === undefined && !process.env['POLYTAG_QUEUE_URL']) {
    throw new UsageError('queue/place', 'No broker was given.', {
      hint: 'Add --queue redis://HOST:6379, or set POLYTAG_QUEUE_URL.',
    });
  }
  if (store === undefined) {
    throw new UsageError('queue/place', 'No store was given.', {
      hint: 'Add --store FOLDER, the folder shared by all machines.',
    });
  }
  return { queue: queue ?? true, store };
}
