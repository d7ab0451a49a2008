import { wholeNumber } from '@polytag/cli';
import type { EngineName } from '@polytag/engine';
import type { Command } from 'commander';
import { engineOption, maxPixelsOption, strictOption } from './arguments.js';

/** A model folder and a label file, and how the one is run on the other. */
export interface DataOptions {
  readonly model: string;
  readonly allowModules?: boolean;
  readonly data: string;
  readonly ignoreUnknownLabels?: boolean;
  readonly batch: number;
  readonly workers: number;
  readonly strict?: boolean;
  readonly maxPixels?: number;
  readonly engine: EngineName;
}

/** Adds the options that say how a label file is read and run. */
export const withDataOptions = (command: Command): Command =>
  command
    .option('--ignore-unknown-labels', 'leave out labels that are not in "classes" of the label file')
    .option('--batch <images>', 'images at a time', wholeNumber, 64)
    .option('--workers <threads>', 'decoding threads', wholeNumber, 1)
    .addOption(strictOption())
    .addOption(maxPixelsOption())
    .addOption(engineOption());
