import { wholeNumber, whileLoading, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { allowModulesOption, withDataOptions, withEngineOrOnnx } from '../options.js';
import { seedOption } from '../scoring/bootstrap-options.js';
import type { CompareOptions } from '../scoring/compare.js';

export function compareCommand(streams: Streams): Command {
  const command = new Command('compare')
    .description(
      'compare two models, or score files, on the same images: which is better, and by how much (95 % interval)',
    )
    .argument('<A>', 'model folder, exported model (ONNX), or score file (as for score --scores)')
    .argument('<B>', 'likewise')
    .addOption(allowModulesOption())
    .requiredOption('--data <file>', 'label file; image paths are relative to it')
    .option('--json <file>', 'write the comparison as JSON, with fractions')
    .option('--report <folder>', 'write comparison.html and comparison.json')
    .addOption(
      new Option('--bootstrap <n>', 'number of resamples of the images').argParser(wholeNumber).default(1000),
    )
    .addOption(seedOption())
    .option('--logits', 'score files contain raw outputs: apply sigmoid')
    .option('--flip', 'for models: average the probabilities of an image and its mirror image');
  return withDataOptions(command, withEngineOrOnnx).action(
    async (first: string, second: string, options: CompareOptions) => {
      const { compare } = await whileLoading(() => import('../scoring/compare.js'));
      await compare(first, second, options, streams);
    },
  );
}
