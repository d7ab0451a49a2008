import { whileLoading, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { allowModulesOption, withDataOptions, withEngineOrOnnx } from '../options.js';
import { bootstrapOption, seedOption } from '../scoring/bootstrap-options.js';
import type { scoreFile, scoreModel } from '../scoring/score-images.js';

type ScoreOptions = Omit<Parameters<typeof scoreModel>[0], 'model'> &
  Omit<Parameters<typeof scoreFile>[0], 'scores'> & { readonly model?: string; readonly scores?: string };

export function scoreCommand(streams: Streams): Command {
  const command = new Command('score')
    .description('evaluate a model, or the scores of any program, on a label file')
    .option('--model <folder>', 'model folder, e.g. runs/first/best')
    .addOption(allowModulesOption())
    .addOption(
      new Option(
        '--scores <file>',
        'score file instead of a model: CSV "image,LABEL,LABEL…", JSON lines of predict --scores, or .npy',
      ).conflicts(['model', 'flip', 'allowModules']),
    )
    .option('--logits', 'the score file contains raw outputs: apply sigmoid')
    .requiredOption('--data <file>', 'label file; image paths are relative to it')
    .option(
      '--train <file>',
      'training label file: adds mAP of labels with many, medium and few training images',
    )
    .option('--json <file>', 'write all metrics as JSON, with fractions: mAPOccurring, and mAP as in papers')
    .option('--report <folder>', 'write report.html, evaluation.json and evaluation.txt')
    .addOption(bootstrapOption())
    .addOption(seedOption())
    .option('--flip', 'average the probabilities of an image and its mirror image');
  return withDataOptions(command, withEngineOrOnnx).action(
    async ({ model, scores, ...options }: ScoreOptions) => {
      const { scoreFile, scoreModel } = await whileLoading(() => import('../scoring/score-images.js'));
      if (scores !== undefined) await scoreFile({ ...options, scores }, streams);
      else if (model !== undefined) await scoreModel({ ...options, model }, streams);
      else command.error("error: give either '--model <folder>' or '--scores <file>'");
    },
  );
}
