import { whileLoading, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { withDataOptions, withModelOptions } from '../options.js';
import type { CalibrateOptions } from '../scoring/write-calibration.js';

export function calibrateCommand(streams: Streams): Command {
  const command = withModelOptions(
    new Command('calibrate').description(
      'calibrate scores, so that they read as probabilities, and save this in the model folder',
    ),
  )
    .requiredOption(
      '--data <file>',
      'label file to fit on: use validation images, not those that the model is evaluated on',
    )
    .addOption(
      new Option(
        '--method <name>',
        'one temperature for all labels, or a slope and an offset per label (platt)',
      )
        .choices(['temperature', 'platt'])
        .default('temperature'),
    )
    .option('--flip', 'calibrate scores of --flip: the mean over an image and its mirror image')
    .option('--out <folder>', 'write the calibrated model there, and leave --model unchanged');
  return withDataOptions(command).action(async (options: CalibrateOptions) => {
    const { writeCalibration } = await whileLoading(() => import('../scoring/write-calibration.js'));
    await writeCalibration(options, streams);
  });
}
