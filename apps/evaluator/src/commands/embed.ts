import { outputFile, whileLoading, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import type { EmbedOptions } from '../embedding/embed-images.js';
import {
  pathsArgument,
  shardOption,
  withBulkOptions,
  withImageOptions,
  withModelOptions,
} from '../options.js';

export function embedCommand(streams: Streams): Command {
  const command = withModelOptions(
    new Command('embed')
      .description('write the feature vectors of photographs, for NumPy')
      .addArgument(pathsArgument()),
  ).requiredOption(
    '--out <file>',
    'FILE.npy, float32 [N, C]; the paths of the N images are written to FILE.txt',
    outputFile,
  );
  withBulkOptions(command)
    .option('--resume', 'continue after the last vector of an interrupted run')
    .addOption(shardOption());
  return withImageOptions(command).action(async (paths: string[], options: EmbedOptions) => {
    const { embedImages } = await whileLoading(() => import('../embedding/embed-images.js'));
    await embedImages(paths, options, streams);
  });
}
