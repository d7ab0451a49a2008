import { printable, printableJson, type LabelVocabulary } from '@polytag/core';
import { aboveThreshold, best, type LabelScore } from '@polytag/model';
import type { LineFormat } from './line-format.js';

/** Which labels of a photograph are told. */
export interface LabelChoice {
  /** The k best. */
  readonly top?: number;
  /** All. */
  readonly scores?: boolean;
}

export interface LineOptions extends LabelChoice {
  /** The scores of a table with all their digits, so that who reads them has the same bits. */
  readonly exact?: boolean;
}

/** Digits of a score, the first that is not 0 and those after it: the network computes with about as many. */
const DIGITS = 7;

/** How predictions are written, a line a photograph; every line ends with `\n`. */
export interface Lines {
  /** The first line of a file; empty where there is none. */
  readonly header: string;
  /** What the line of an image begins with, whatever its labels. */
  start(image: string): string;
  /** @param scores [K] probabilities */
  line(image: string, scores: ArrayLike<number>): string;
}

/** What a model's decisions are made by. */
interface Decides {
  readonly labels: LabelVocabulary;
  readonly thresholds: readonly number[] | undefined;
}

/**
 * Lines of a format. `text`: `a.jpg: dog 0.981, grass 0.744`. `jsonl`: `{"image": …, "labels": [{"label": …, "score": …}]}`,
 * labels best first. `csv`: a header `image,LABEL,LABEL…` and a column for each label of the model; the cell of a label
 * that is not told is empty; scores have 7 significant digits there, unless they are to be exact.
 */
export function linesOf(model: Decides, format: LineFormat, { top, scores, exact }: LineOptions): Lines {
  const { labels, thresholds } = model;
  const shown = (score: number) => (exact ? score : Number(score.toPrecision(DIGITS)));
  const chosen = (row: ArrayLike<number>): LabelScore[] =>
    scores || top ? best(row, labels, scores ? labels.size : top!) : aboveThreshold(row, labels, thresholds);
  switch (format) {
    case 'text': {
      const start = (image: string) => `${printable(image, Infinity)}: `;
      const told = (found: LabelScore[]) =>
        found.map(({ label, score }) => `${printable(label)} ${score.toFixed(3)}`).join(', ');
      return {
        header: '',
        start,
        line: (image, row) => `${start(image)}${told(chosen(row)) || '(no label)'}\n`,
      };
    }
    case 'jsonl': {
      const start = (image: string) => `{"image":${printableJson(image)},"labels":`;
      return {
        header: '',
        start,
        line: (image, row) => `${start(image)}${printableJson(chosen(row))}}\n`,
      };
    }
    case 'csv': {
      const start = (image: string) => `${cell(image)},`;
      return {
        header: `${['image', ...labels.names].map(cell).join(',')}\n`,
        start,
        line: (image, row) => {
          const told = new Map(chosen(row).map(({ label, score }) => [label, shown(score)]));
          return `${start(image)}${labels.names.map((name) => told.get(name) ?? '').join(',')}\n`;
        },
      };
    }
  }
}

/** A cell is on one line: what would break it is shown as an escape. */
function cell(text: string): string {
  const shown = printable(text, Infinity);
  return /[",]|^\s|\s$/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
