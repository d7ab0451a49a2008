import { fraction, wholeNumber, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { withQueueOptions } from '@polytag/queue';
import { Command, Option } from 'commander';
import type { PredictByWorkersOptions } from '../predicting/predict-by-workers.js';
import {
  pathsArgument,
  shardOption,
  withBulkOptions,
  withEngineOrOnnx,
  withImageOptions,
  withModelOptions,
} from '../options.js';

export function predictCommand(streams: Streams): Command {
  const command = withModelOptions(
    new Command('predict')
      .description('predict the labels of photographs: one line each, best label first')
      .addArgument(pathsArgument()),
  );
  withBulkOptions(command)
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
    .addOption(new Option('--scores', 'all labels with their scores').conflicts(['top', 'threshold']))
    .addOption(
      new Option(
        '--format <name>',
        'how lines are written; default: by the ending of --out (.csv, .jsonl), else text',
      ).choices(['text', 'jsonl', 'csv']),
    )
    .addOption(
      new Option(
        '--json',
        'the same as --format jsonl: {"image": …, "labels": [{"label": …, "score": …}]}',
      ).conflicts('format'),
    )
    .option('--exact', 'csv: scores with all their digits, in place of 7')
    .option('--flip', 'the mean of the probabilities of an image and of its mirror image')
    .addOption(
      new Option(
        '--explain <folder>',
        'writes a picture for each label that is told: the photograph, coloured where the label was seen; and index.html',
      ).conflicts(['resume', 'shard']),
    )
    .option('--out <file>', 'writes the lines there, one by one')
    .option('--resume', 'goes on after the last whole line of --out')
    .addOption(shardOption())
    .option('--lump <images>', 'photographs of a job, for --queue', wholeNumber, 500);
  withQueueOptions(command);
  return withImageOptions(command, withEngineOrOnnx).action(
    async (paths: string[], options: PredictByWorkersOptions) => {
      for (const name of ['resume', 'shard'] as const) {
        if (!options[name] || options.out !== undefined) continue;
        throw new UsageError('usage/out-missing', `--${name} needs a file to write to.`, {
          hint: 'Add --out FILE.',
        });
      }
      if (options.queue !== undefined) {
        const { predictByWorkers } = await import('../predicting/predict-by-workers.js');
        return predictByWorkers(paths, options, streams);
      }
      const { predictImages } = await import('../predicting/predict-images.js');
      await predictImages(paths, options, streams);
    },
  );
}
