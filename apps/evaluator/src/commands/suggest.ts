import { outputFile, wholeNumber, whileLoading, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import type { SuggestOptions } from '../suggesting/suggest-images.js';
import { allowModulesOption, engineOption, maxPixelsOption, withThreadOptions } from '../options.js';

export function suggestCommand(streams: Streams): Command {
  const command = new Command('suggest')
    .description('list the images to label next: those that the model is unsure of and that differ most')
    .requiredOption('--model <folder>', 'model folder, trained on the label file')
    .addOption(allowModulesOption())
    .requiredOption('--data <file>', 'label file: its images, and copies of them, are not suggested')
    .requiredOption('--pool <paths...>', 'images without labels: folders, files or quoted patterns')
    .option('--count <n>', 'number of images to suggest', wholeNumber, 100)
    .option('--seed <n>', 'seed of the random choice', wholeNumber, 1)
    .option('--out <file>', 'also write their paths to this file, one per line', outputFile);
  return withThreadOptions(command)
    .addOption(maxPixelsOption())
    .addOption(engineOption())
    .action(async (options: SuggestOptions) => {
      const { suggestImages } = await whileLoading(() => import('../suggesting/suggest-images.js'));
      await suggestImages(options, streams);
    });
}
