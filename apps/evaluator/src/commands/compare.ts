import { wholeNumber, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { allowModulesOption, withDataOptions, withEngineOrOnnx } from '../options.js';
import { seedOption } from '../scoring/bootstrap-options.js';
import type { CompareOptions } from '../scoring/compare.js';

export function compareCommand(streams: Streams): Command {
  const command = new Command('compare')
    .description(
      'compare two models, or files of scores, on the same images: differences with 95 % intervals, and a verdict',
    )
    .argument('<A>', 'model folder, exported model (ONNX), or file of scores (as score --scores takes them)')
    .argument('<B>', 'likewise')
    .addOption(allowModulesOption())
    .requiredOption('--data <file>', 'label file; images are named relative to it')
    .option('--json <file>', 'write the comparison as JSON, fractions')
    .option('--report <folder>', 'write comparison.html and comparison.json')
    .addOption(
      new Option('--bootstrap <n>', 'how often the images are resampled')
        .argParser(wholeNumber)
        .default(1000),
    )
    .addOption(seedOption())
    .option('--logits', 'files of scores hold raw outputs: sigmoid makes probabilities of them')
    .option('--flip', 'models: the mean of the probabilities of an image and of its mirror image');
  return withDataOptions(command, withEngineOrOnnx).action(
    async (first: string, second: string, options: CompareOptions) => {
      const { compare } = await import('../scoring/compare.js');
      await compare(first, second, options, streams);
    },
  );
}
