import { InvalidArgumentError } from 'commander';

/** A share of a list: of every `count` photographs one after the other the one at `index`, which counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** `2/3`, as an option gives it. */
export function shardOf(text: string): Shard {
  const [index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (!(index >= 1 && index <= count))
    throw new InvalidArgumentError('Expected a shard such as 1/3, 2/3 or 3/3.');
  return { index, count };
}

export const isInShard = (position: number, { index, count }: Shard): boolean =>
  position % count === index - 1;
