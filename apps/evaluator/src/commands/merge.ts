import { outputFile, whileLoading, type Streams } from '@polytag/cli';
import { Command } from 'commander';

export function mergeCommand(streams: Streams): Command {
  return new Command('merge')
    .description('join the files of `predict --shard` or `embed --shard`, in the order of the photographs')
    .argument('<files...>', 'the files of all shards, each with its FILE.shard.json beside it')
    .requiredOption('--out <file>', 'file to write; identical to that of a single run', outputFile)
    .action(async (files: string[], { out }: { out: string }) => {
      const { mergeShards } = await whileLoading(() => import('../merging/merge-shards.js'));
      await mergeShards(files, out, streams);
    });
}
