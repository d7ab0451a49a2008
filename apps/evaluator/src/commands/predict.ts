import { fraction, wholeNumber, whileLoading, type Streams } from '@polytag/cli';
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
      .description('predict the labels of photographs: one line per photograph, best label first')
      .addArgument(pathsArgument()),
  );
  withBulkOptions(command)
    .addOption(
      new Option('--top <k>', 'print the k best labels, whatever their scores')
        .argParser(wholeNumber)
        .conflicts('threshold'),
    )
    .option(
      '--threshold <score>',
      "print labels with at least this score; default: the model's own thresholds, else 0.5",
      fraction,
    )
    .addOption(new Option('--scores', 'print all labels with their scores').conflicts(['top', 'threshold']))
    .addOption(
      new Option(
        '--format <name>',
        'output format; default: by the extension of --out (.csv, .jsonl), else text',
      ).choices(['text', 'jsonl', 'csv']),
    )
    .addOption(
      new Option(
        '--json',
        'the same as --format jsonl: {"image": …, "labels": [{"label": …, "score": …}]}',
      ).conflicts('format'),
    )
    .option('--exact', 'csv: write scores with all digits instead of 7')
    .option('--flip', 'average the probabilities of an image and its mirror image')
    .addOption(
      new Option(
        '--explain <folder>',
        'write a heat map for each predicted label, which shows where the label was found, and index.html',
      ).conflicts(['resume', 'shard']),
    )
    .option('--out <file>', 'write the lines to this file, one by one; - is standard output')
    .option('--resume', 'continue after the last complete line of --out')
    .addOption(shardOption())
    .option(
      '--lump <images>',
      'photographs of a job, for --queue (default: what a worker does in 5 to 60 s)',
      wholeNumber,
    );
  withQueueOptions(command);
  return withImageOptions(command, withEngineOrOnnx).action(
    async (paths: string[], given: PredictByWorkersOptions) => {
      const options = given.out === '-' ? { ...given, out: undefined } : given;
      for (const name of ['resume', 'shard'] as const) {
        if (!options[name] || options.out !== undefined) continue;
        throw new UsageError('usage/out-missing', `--${name} needs --out.`, {
          hint: 'Add --out FILE.',
        });
      }
      for (const name of ['store', 'lump'] as const) {
        if (options.queue !== undefined || options[name] === undefined) continue;
        throw new UsageError('usage/invalid', `--${name} needs --queue.`, {
          hint: `Add --queue, or remove --${name} to predict on this machine.`,
        });
      }
      if (options.queue !== undefined) {
        const { predictByWorkers } = await whileLoading(() => import('../predicting/predict-by-workers.js'));
        return predictByWorkers(paths, options, streams);
      }
      const { predictImages } = await whileLoading(() => import('../predicting/predict-images.js'));
      await predictImages(paths, options, streams);
    },
  );
}
