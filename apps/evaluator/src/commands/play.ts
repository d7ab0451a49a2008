import type { Streams } from '@polytag/cli';
import { Command, InvalidArgumentError } from 'commander';
import type { PlayOptions } from '../playing/play.js';

export function playCommand(streams: Streams): Command {
  return new Command('play')
    .description(
      'a page to try a model, label photographs and train a head: served to this machine alone, until Ctrl+C',
    )
    .option('--model <folder>', 'model folder that the page opens, e.g. runs/first/best')
    .option(
      '--data <file>',
      'label file that the page shows and writes back; what it replaces is kept beside it',
    )
    .option('--port <n>', 'port of 127.0.0.1; 0: any that is free', port, 7878)
    .action(async (options: PlayOptions) => {
      const { play } = await import('../playing/play.js');
      await play(options, streams);
    });
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65535) return value;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}
