import type { Streams } from '@polytag/cli';
import { Command } from 'commander';
import type { ScoreOptions } from '../scoring/score-model.js';
import { allowModulesOption, withDataOptions } from '../options.js';

export function scoreCommand(streams: Streams): Command {
  const command = new Command('score')
    .description('score a model folder on a label file')
    .requiredOption('--model <folder>', 'model folder, e.g. runs/first/best')
    .addOption(allowModulesOption())
    .requiredOption('--data <file>', 'label file; images are named relative to it')
    .option('--json <file>', 'write all scores as JSON, fractions: mAPOccurring, and mAP as papers count it')
    .option('--report <folder>', 'write report.html, evaluation.json and evaluation.txt');
  return withDataOptions(command).action(async (options: ScoreOptions) => {
    const { scoreModel } = await import('../scoring/score-model.js');
    await scoreModel(options, streams);
  });
}
