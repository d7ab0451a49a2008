import { untilInterrupted, wholeNumber, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import { groupOption, seedOption, testOption, valOption } from '../split/split-options.js';
import type { SplitOptions } from '../split/split-label-file.js';

/** `split`: one label file becomes several, to train and to score on. */
export function splitCommand(streams: Streams): Command {
  return new Command('split')
    .description(
      'divide a label file into training, validation and test parts, or folds, with the same share of each label',
    )
    .requiredOption('--data <file>', 'label file')
    .requiredOption('--out <folder>', 'where the label files go; images stay where they are')
    .addOption(valOption())
    .addOption(testOption())
    .option('--folds <n>', 'n pairs of label files, each image in one val.json; none of --test', wholeNumber)
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
