import { CheckpointError } from '@polytag/core';

/** A pickle above this is refused; that of a checkpoint has some kilobytes a hundred tensors. */
export const MAX_PICKLE_BYTES = 64 * 1024 * 1024;

export function tooLarge(source: string): CheckpointError {
  return new CheckpointError(
    'checkpoint/pickle-size',
    `${source}: the pickle has more than ${MAX_PICKLE_BYTES / 1024 / 1024} MiB.`,
    { hint: 'Save only the state_dict.' },
  );
}
