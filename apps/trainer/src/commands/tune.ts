import { collect, untilInterrupted, wholeNumber, whileLoading, type Streams } from '@polytag/cli';
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
      'try many settings on cached features and keep the best: head, loss, learning rate, SAM, size, views',
    )
    .requiredOption('--config <file>', 'config file (YAML), with training.features')
    .requiredOption('--time <duration>', 'time limit of all trials together, e.g. 90s, 15m, 2h', secondsOf)
    .option('--trials <n>', 'maximum number of trials (default: as many as the time allows)', wholeNumber)
    .option(
      '--sizes <pixels...>',
      "image sizes to choose from (default: the config's); features are computed for each",
      wholeNumbers,
    )
    .option(
      '--views <n...>',
      'numbers of cached views per training image to choose from, augmented as in data.augment; 1: the image and its mirror image',
      wholeNumbers,
    )
    .option('--out <folder>', 'folder for the trials, the table and best.yaml', 'runs/tune')
    .option('--set <key=value>', 'set one key of the config; may be given more than once', collect, [])
    .option('--resume', 'continue the search in the folder')
    .action(async ({ config, time, trials, sizes, views, out, set, resume = false }: TuneCommandOptions) => {
      const { tune } = await whileLoading(() => import('../tuning/tune.js'));
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
  if (!(seconds > 0)) throw new InvalidArgumentError('Expected a duration such as 90s, 15m or 2h.');
  return seconds;
}

/** Adds a number to those before. */
const wholeNumbers = (text: string, before: readonly number[] = []): number[] => [
  ...before,
  wholeNumber(text),
];
