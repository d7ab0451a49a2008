import { printable } from '@polytag/core';
import { foldScores, foldTable } from './fold-scores.js';
import type { OutOfFold } from './train-folds.js';

/** Writes what folds have reached, and where their predictions are. */
export function showFolds({ evaluations, file }: OutOfFold, out: NodeJS.WritableStream): void {
  out.write(foldTable(foldScores(evaluations)));
  out.write(`out-of-fold predictions: ${printable(file, Infinity)}\n`);
}
