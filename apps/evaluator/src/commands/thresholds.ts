import { whileLoading, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import type { ThresholdsOptions } from '../scoring/write-thresholds.js';
import { withDataOptions, withModelOptions } from '../options.js';

type GivenOptions = Omit<ThresholdsOptions, 'data'> & { readonly data?: string; readonly from?: string };

export function thresholdsCommand(streams: Streams): Command {
  const command = withModelOptions(
    new Command('thresholds').description(
      'choose a threshold for each label, and save it in the model folder',
    ),
  )
    .option(
      '--data <file>',
      'label file to choose on: use validation images, not those that the model is evaluated on',
    )
    .option('--from <file>', 'use the thresholds of this file instead: {"thresholds": {"LABEL": 0.5, …}}')
    .option('--flip', 'thresholds for scores of --flip: the mean over an image and its mirror image')
    .option('--out <folder>', 'write the model with its thresholds there, and leave --model unchanged');
  return withDataOptions(command).action(async ({ data, from, ...options }: GivenOptions) => {
    if ((data === undefined) === (from === undefined))
      command.error('error: give either --data, to choose thresholds, or --from, to read them from a file');
    if (from !== undefined && options.flip)
      command.error("error: option '--flip' cannot be used with option '--from'");
    const { takeThresholds, writeThresholds } = await whileLoading(
      () => import('../scoring/write-thresholds.js'),
    );
    if (data !== undefined) await writeThresholds({ ...options, data }, streams);
    else await takeThresholds({ ...options, from: from! }, streams);
  });
}
