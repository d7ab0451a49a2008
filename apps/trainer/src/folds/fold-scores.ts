import type { Evaluation } from '@polytag/metrics';
import { alignedRows } from '../tables/aligned-rows.js';

/** Figures of one fold, or of all. Fractions; `null` where a figure is not a number. */
export interface FoldFigures {
  /** Over the labels that some image of the fold has. */
  readonly mAPOccurring: number | null;
  /** Over all labels. */
  readonly mAP: number | null;
  /** Of predictions at 0.5. */
  readonly CF1: number | null;
  readonly OF1: number | null;
}

export interface FoldScores {
  readonly folds: readonly (FoldFigures & { readonly fold: number; readonly images: number })[];
  readonly mean: FoldFigures;
  /** Standard deviation between folds (n − 1). */
  readonly deviation: FoldFigures;
}

/** What folds come to, as the file `scores.json` has it. */
export function foldScores(evaluations: readonly Evaluation[]): FoldScores {
  const folds = evaluations.map(({ images, mAPOccurring, mAP, threshold: { CF1, OF1 } }, i) => ({
    fold: i + 1,
    images,
    ...figures((name) => ({ mAPOccurring, mAP, CF1, OF1 })[name]),
  }));
  const valuesOf = (name: keyof FoldFigures) => folds.map((fold) => fold[name] ?? NaN);
  return {
    folds,
    mean: figures((name) => mean(valuesOf(name))),
    deviation: figures((name) => deviation(valuesOf(name))),
  };
}

function figures(of: (name: keyof FoldFigures) => number): FoldFigures {
  const number = (name: keyof FoldFigures) => (Number.isFinite(of(name)) ? of(name) : null);
  return {
    mAPOccurring: number('mAPOccurring'),
    mAP: number('mAP'),
    CF1: number('CF1'),
    OF1: number('OF1'),
  };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** A row for each fold, then mean and deviation, in per cent. */
export function foldTable({ folds, mean, deviation }: FoldScores): string {
  const percent = (value: number | null) => (value === null ? '–' : (100 * value).toFixed(2));
  const row = (name: string, images: string, { mAPOccurring, mAP, CF1, OF1 }: FoldFigures) => [
    name,
    images,
    ...[mAPOccurring, mAP, CF1, OF1].map(percent),
  ];
  const rows = [
    ['fold', 'images', 'mAP', 'mAP of all labels', 'CF1', 'OF1'],
    ...folds.map((fold) => row(String(fold.fold), String(fold.images), fold)),
    row('mean', '', mean),
    row('deviation', '', deviation),
  ];
  return `${alignedRows(rows, (column) => (column === 0 ? 'left' : 'right')).join('\n')}\n`;
}
