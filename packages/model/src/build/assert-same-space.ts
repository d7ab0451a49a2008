import { UsageError, type Head, type Loss, type OutputSpace } from '@polytag/core';

/** A built-in loss on each space. */
const EXAMPLE: Record<OutputSpace, string> = { logits: 'asl', cosines: 'aam-asl' };

/**
 * Throws if a loss is not defined on the outputs of a head. The type checker rejects a wrong pair of known parts; this
 * check is for parts from a config file.
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
      hint:
        `Choose a loss on ${head.space}, such as ${EXAMPLE[head.space]} (loss: { name: ${EXAMPLE[head.space]} }), ` +
        `or let the head give ${loss.space} (head.options.space: ${loss.space}), where it can.`,
    },
  );
}
