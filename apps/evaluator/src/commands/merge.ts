import type { Streams } from '@polytag/cli';
import { Command } from 'commander';

export function mergeCommand(streams: Streams): Command {
  return new Command('merge')
    .description('join the files of `predict --shard` or `embed --shard`, in the order of the photographs')
    .argument('<files...>', 'the file of every shard, with its FILE.shard.json beside it')
    .requiredOption('--out <file>', 'what is written: the file that one run would have given')
    .action(async (files: string[], { out }: { out: string }) => {
      const { mergeShards } = await import('../merging/merge-shards.js');
      await mergeShards(files, out, streams);
    });
}
