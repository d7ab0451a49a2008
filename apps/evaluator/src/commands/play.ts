import { whileLoading, type Streams } from '@polytag/cli';
import { Command, InvalidArgumentError } from 'commander';
import type { PlayOptions } from '../playing/play.js';

export function playCommand(streams: Streams): Command {
  return new Command('play')
    .description(
      'open a page to try a model, label photographs and train a head; only this machine can reach it; stop with Ctrl+C',
    )
    .option('--model <folder>', 'model folder to open in the page, e.g. runs/first/best')
    .option('--data <file>', 'label file to edit in the page; a backup is kept beside it')
    .option('--port <n>', 'port of 127.0.0.1; 0: any free port', port, 7878)
    .action(async (options: PlayOptions) => {
      const { play } = await whileLoading(() => import('../playing/play.js'));
      await play(options, streams);
    });
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65535) return value;
  throw new InvalidArgumentError('Expected a whole number from 0 to 65535.');
}
