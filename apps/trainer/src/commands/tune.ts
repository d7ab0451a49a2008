import { collect, untilInterrupted, wholeNumber, type Streams } from '@polytag/cli';
import { Command, InvalidArgumentError } from 'commander';
import { withSettingHints } from '../config/setting-hints.js';
import { runContext } from '../run/run-context.js';

interface TuneCommandOptions {
  readonly config: string;
  readonly time: number;
  readonly trials?: number;
  readonly sizes?: readonly number[];
  readonly views?: readonly number[];
  readonly out: string;
  readonly set: string[];
  readonly resume?: boolean;
}

export function tuneCommand(streams: Streams): Command {
  return withSettingHints(new Command('tune'), [])
    .description(
      'search for a better recipe on cached features: head, loss, their options, learning rate, SAM, size, views',
    )
    .requiredOption('--config <file>', 'YAML file of one experiment, with training.features')
    .requiredOption('--time <duration>', 'what all trials may take together, e.g. 90s, 15m, 2h', secondsOf)
    .option('--trials <n>', 'trials at most (default: as many as the time allows)', wholeNumber)
    .option(
      '--sizes <pixels...>',
      "sides of the images to choose from (default: the config's); each has features of its own",
      wholeNumbers,
    )
    .option(
      '--views <n...>',
      'cached views of each training image to choose from, changed as data.augment says; 1: the image and its mirror image',
      wholeNumbers,
    )
    .option('--out <folder>', 'where the trials, the table and best.yaml go', 'runs/tune')
    .option('--set <key=value>', 'overrides a config value; may be repeated', collect, [])
    .option('--resume', 'go on with the search in the folder')
    .action(async ({ config, time, trials, sizes, views, out, set, resume = false }: TuneCommandOptions) => {
      const { tune } = await import('../tuning/tune.js');
      await untilInterrupted((signal) =>
        tune(
          { config, set, folder: out, resume, seconds: time, trials, sizes, views },
          runContext(streams, signal, config),
        ),
      );
    });
}

const UNITS = { s: 1, m: 60, h: 3600 } as const;

/** A duration as a person writes it, in seconds. */
function secondsOf(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const seconds = Number(count) * UNITS[unit as keyof typeof UNITS];
  if (!(seconds > 0)) throw new InvalidArgumentError('It must be a time such as 90s, 15m or 2h.');
  return seconds;
}

/** Adds a number to those before. */
const wholeNumbers = (text: string, before: readonly number[] = []): number[] => [
  ...before,
  wholeNumber(text),
];
