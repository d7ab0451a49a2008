import { untilInterrupted, wholeNumber, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import { groupOption, seedOption, testOption, valOption } from '../split/split-options.js';
import type { SplitOptions } from '../split/split-label-file.js';

/** `split`: one label file becomes several, to train and to score on. */
export function splitCommand(streams: Streams): Command {
  return new Command('split')
    .description(
      'split a label file into parts to train, validate and test on, or into folds, with the same share of each label',
    )
    .requiredOption('--data <file>', 'label file')
    .requiredOption('--out <folder>', 'folder for the label files; images stay where they are')
    .addOption(valOption())
    .addOption(testOption())
    .option(
      '--folds <n>',
      'write n pairs of label files, each image in one val.json; without --test',
      wholeNumber,
    )
    .addOption(groupOption())
    .addOption(seedOption())
    .option('--force', 'overwrite label files')
    .action((options: SplitOptions) =>
      untilInterrupted(async (signal) => {
        const { splitLabelFile } = await import('../split/split-label-file.js');
        await splitLabelFile(options, streams, signal);
      }),
    );
}
