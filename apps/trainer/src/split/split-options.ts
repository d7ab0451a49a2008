import { fraction } from '@polytag/cli';
import { InvalidArgumentError, Option } from 'commander';
import { DEFAULT_SEED } from './shares.js';

// Options of every command that divides images.

/** What `--group` may name instead of a file. */
export const DUPLICATES = 'duplicates';

export const groupOption = () =>
  new Option(
    '--group <what>',
    'images that stay together: a file (CSV with the columns image and group, or JSON), or "duplicates", ' +
      'which looks for copies and near copies',
  );

export const seedOption = () =>
  new Option('--seed <n>', 'another number divides otherwise').argParser(seed).default(DEFAULT_SEED);

export const valOption = () =>
  new Option('--val <share>', 'share of the images to score on, e.g. 0.2').argParser(fraction);

export const testOption = () =>
  new Option('--test <share>', 'share of the images that are kept for the end').argParser(fraction);

function seed(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number from 0.');
  return value;
}
