import { InvalidArgumentError, Option } from 'commander';

/** A whole number from 1, as a commander argument parser. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}

/** A number in [0, 1], as a commander argument parser. */
export function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('Expected a number from 0 to 1.');
  return value;
}

export const engineOption = () =>
  new Option('--engine <name>', 'tensor engine').choices(['wasm', 'cpu', 'webgpu']).default('wasm');

export const maxPixelsOption = () =>
  new Option(
    '--max-pixels <n>',
    'the most pixels of an image; each allows 4.4 bytes of memory to decode it (default: 64 million)',
  ).argParser(positiveInteger);

export const strictOption = () => new Option('--strict', 'stop at the first image that cannot be used');

export const allowModulesOption = () =>
  new Option(
    '--allow-modules',
    'run the code of an own part that the model folder brings, or the package it names',
  );
