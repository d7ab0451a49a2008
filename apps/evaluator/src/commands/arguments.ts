import { wholeNumber } from '@polytag/cli';
import { Option } from 'commander';

export const engineOption = () =>
  new Option('--engine <name>', 'tensor engine').choices(['wasm', 'cpu', 'webgpu']).default('wasm');

export const maxPixelsOption = () =>
  new Option(
    '--max-pixels <n>',
    'the most pixels of an image; each allows 4.4 bytes of memory to decode it (default: 64 million)',
  ).argParser(wholeNumber);

export const strictOption = () => new Option('--strict', 'stop at the first image that cannot be used');

export const allowModulesOption = () =>
  new Option(
    '--allow-modules',
    'run the code of an own part that the model folder brings, or the package it names',
  );
