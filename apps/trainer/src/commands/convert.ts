import { outputFile, textEncoding, whileLoading, type Streams } from '@polytag/cli';
import { labelFileWriters } from '@polytag/datasets/writers';
import { Command, Option } from 'commander';
import type { ConvertOptions } from '../convert/convert-label-file.js';

/** `convert`: a label file in the format of another program. */
export function convertCommand(streams: Streams): Command {
  const names = labelFileWriters.map(({ name }) => name);
  return new Command('convert')
    .description('write a label file in the format of another tool')
    .argument('<file>', 'label file')
    .addOption(new Option('--to <format>', 'format').choices(names).makeOptionMandatory())
    .requiredOption('--out <file>', 'file to write; its image paths lead to the images', outputFile)
    .option('--prefix <text>', 'prefix of each image path (default for label-studio: /data/local-files/?d=)')
    .option('--encoding <name>', 'encoding of the label file (default: utf-8)', textEncoding)
    .option('--force', 'overwrite the file')
    .action(async (file: string, { to, ...options }: ConvertOptions & { readonly to: string }) => {
      const { convertLabelFile } = await whileLoading(() => import('../convert/convert-label-file.js'));
      await convertLabelFile(
        file,
        labelFileWriters.find(({ name }) => name === to)!,
        options,
        streams,
      );
    });
}
