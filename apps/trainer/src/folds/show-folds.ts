import { dirname, join } from 'node:path';
import { printable } from '@polytag/core';
import { nextLine } from '../tables/next-line.js';
import { foldScores, foldTable } from './fold-scores.js';
import type { OutOfFold } from './train-folds.js';

/** Writes what folds have reached, and where their predictions are. */
export function showFolds({ evaluations, file }: OutOfFold, out: NodeJS.WritableStream): void {
  out.write(foldTable(foldScores(evaluations)));
  out.write(`out-of-fold predictions: ${printable(file, Infinity)}\n`);
  // The config of the folds has no label file to score on: it trains on all images.
  out.write(nextLine('fit', '--config', join(dirname(file), 'config.yaml'), '--out', 'runs/all'));
}
