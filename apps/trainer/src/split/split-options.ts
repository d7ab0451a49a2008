import { InvalidArgumentError, Option } from 'commander';
import { DEFAULT_SEED } from './shares.js';

// Options of every command that divides images.

/** What `--group` may name instead of a file. */
export const DUPLICATES = 'duplicates';

export const groupOption = () =>
  new Option(
    '--group <what>',
    'images that stay together: a file (CSV with the columns image and group, or JSON), or "duplicates", ' +
      'which finds copies and near copies',
  );

export const seedOption = () =>
  new Option('--seed <n>', 'seed of the random split').argParser(seed).default(DEFAULT_SEED);

export const valOption = () =>
  new Option('--val <share>', 'fraction of the images for validation, e.g. 0.2').argParser(share('--val'));

export const testOption = () =>
  new Option('--test <share>', 'fraction of the images for the final test').argParser(share('--test'));

/** A share above 0 and below 1; who gives per cent is told the share. */
function share(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text.replace(/\s*%$/, ''));
    if (text.trim() === '' || !(value >= 0))
      throw new InvalidArgumentError('Expected a fraction of the images, e.g. 0.2.');
    if ((value > 1 || text.includes('%')) && value > 0 && value < 100)
      throw new InvalidArgumentError(
        `Expected a fraction of the images: for ${value} %, use ${option} ${value / 100}`,
      );
    return value;
  };
}

function seed(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('Expected a whole number of at least 0.');
  return value;
}
