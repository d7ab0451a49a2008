import type { Streams } from '@polytag/cli';
import { Command } from 'commander';
import type { ThresholdsOptions } from '../scoring/write-thresholds.js';
import { allowModulesOption, withDataOptions } from '../options.js';

export function thresholdsCommand(streams: Streams): Command {
  const command = new Command('thresholds')
    .description(
      'choose for each label the score from which it is predicted, and write it into the model folder',
    )
    .requiredOption('--model <folder>', 'model folder, e.g. runs/first/best')
    .addOption(allowModulesOption())
    .requiredOption(
      '--data <file>',
      'label file to choose on: validation images, not those that the model is judged with',
    )
    .option('--out <folder>', 'write the model with its thresholds there, and leave --model as it is');
  return withDataOptions(command).action(async (options: ThresholdsOptions) => {
    const { writeThresholds } = await import('../scoring/write-thresholds.js');
    await writeThresholds(options, streams);
  });
}
