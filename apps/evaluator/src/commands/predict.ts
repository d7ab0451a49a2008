import { fraction, wholeNumber, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import type { PredictOptions } from '../predicting/predict-images.js';
import { allowModulesOption, engineOption, maxPixelsOption, strictOption } from '../options.js';

export function predictCommand(streams: Streams): Command {
  return new Command('predict')
    .description('labels of photographs, best first; one line a photograph')
    .argument('<images...>', 'JPEG, PNG or WebP files')
    .requiredOption('--model <folder>', 'model folder, e.g. runs/first/best')
    .addOption(allowModulesOption())
    .addOption(
      new Option('--top <k>', 'the k best labels, whatever their scores')
        .argParser(wholeNumber)
        .conflicts('threshold'),
    )
    .option(
      '--threshold <score>',
      "labels that score at least this; default: the model's own thresholds, else 0.5",
      fraction,
    )
    .option('--json', 'one JSON object a line: {"image": …, "labels": [{"label": …, "score": …}]}')
    .addOption(strictOption())
    .addOption(maxPixelsOption())
    .addOption(engineOption())
    .action(async (images: string[], options: PredictOptions) => {
      const { predictImages } = await import('../predicting/predict-images.js');
      await predictImages(images, options, streams);
    });
}
