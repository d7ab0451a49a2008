import type { Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { withDataOptions, withModelOptions } from '../options.js';
import type { CalibrateOptions } from '../scoring/write-calibration.js';

export function calibrateCommand(streams: Streams): Command {
  const command = withModelOptions(
    new Command('calibrate').description(
      'calibrate scores so that they can be read as probabilities, and save that in the model folder',
    ),
  )
    .requiredOption(
      '--data <file>',
      'label file to fit on: validation images, not those that the model is evaluated with',
    )
    .addOption(
      new Option(
        '--method <name>',
        'one temperature for all labels, or a slope and an offset a label (platt)',
      )
        .choices(['temperature', 'platt'])
        .default('temperature'),
    )
    .option('--flip', 'for scores that are the mean of those of an image and of its mirror image')
    .option('--out <folder>', 'write the calibrated model there, and leave --model as it is');
  return withDataOptions(command).action(async (options: CalibrateOptions) => {
    const { writeCalibration } = await import('../scoring/write-calibration.js');
    await writeCalibration(options, streams);
  });
}
