import { UsageError, type Head, type Loss, type OutputSpace } from '@polytag/core';

/**
 * Makes sure that a loss is defined on what a head gives. The type checker refuses a wrong pair of known parts;
 * parts from a config file are checked when it runs.
 *
 * @throws UsageError `usage/space-mismatch`
 */
export function assertSameSpace<Space extends OutputSpace>(
  head: Pick<Head<Space>, 'name' | 'space'>,
  loss: Pick<Loss<NoInfer<Space>>, 'name' | 'space'>,
): void {
  if (head.space === loss.space) return;
  throw new UsageError(
    'usage/space-mismatch',
    `The head "${head.name}" gives ${head.space}, the loss "${loss.name}" is defined on ${loss.space}.`,
    {
      hint: `Choose a loss on ${head.space}, or set the head's options so that it gives ${loss.space}.`,
    },
  );
}
