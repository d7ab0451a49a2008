import { Progress, wholeNumber } from '@polytag/cli';
import type { BootstrapOptions } from '@polytag/metrics';
import { InvalidArgumentError, Option } from 'commander';

/** A whole number from 0. */
export function seed(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('Expected a whole number of at least 0.');
  return value;
}

export const seedOption = () => new Option('--seed <n>', 'seed of the resampling').argParser(seed).default(0);

export const bootstrapOption = () =>
  new Option(
    '--bootstrap <n>',
    'compute 95 % intervals by resampling the images this often, e.g. 1000',
  ).argParser(wholeNumber);

/** Options of the bootstrap that show how far it is. */
export function shownBootstrap(
  resamples: number,
  seed: number,
  err: NodeJS.WritableStream,
): BootstrapOptions {
  const progress = new Progress(err);
  const start = performance.now();
  return {
    resamples,
    seed,
    report: (done) => {
      const seconds = (performance.now() - start) / 1000;
      // What is done in a moment is not worth a line.
      if (seconds > 2)
        progress.update({
          label: 'resampling',
          done,
          total: resamples,
          secondsLeft: ((resamples - done) * seconds) / done,
        });
    },
  };
}
