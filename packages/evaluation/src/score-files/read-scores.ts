import type { LabelVocabulary } from '@polytag/core';
import { DataError } from '@polytag/core';
import { openRegularFile } from '@polytag/files';
import { eachLine } from './byte-lines.js';
import { CsvScores } from './csv-scores.js';
import { JsonlScores } from './jsonl-scores.js';
import { readNpyScores } from './npy-scores.js';
import { ScoreRows, type Others } from './score-rows.js';

export interface ReadScoresOptions {
  /** The K labels whose scores are read. */
  readonly labels: LabelVocabulary;
  /** The N images, by their names in the label file. */
  readonly images: readonly string[];
  /** Whether the file holds raw outputs, which are converted with a sigmoid. Default: it holds probabilities. */
  readonly logits?: boolean;
  /** Called while the file is read, with the number of bytes. */
  readonly report?: (bytes: number, total: number) => void;
}

/** Scores for the images of a data set, from any program. */
export interface ImageScores {
  /** [N, K] probabilities, row-major, labels in the order of the vocabulary; NaN in the row of an image without scores. */
  readonly scores: Float64Array;
  /** Indices of the images without scores, ascending. */
  readonly withoutScores: readonly number[];
  /** Images that have scores in the file but are not in the data set. */
  readonly otherImages: Others;
  /** Labels that have scores in the file but are not in the data set. */
  readonly otherLabels: readonly string[];
}

/**
 * Reads scores written by any program, in one of these formats, detected from the first bytes:
 * - CSV (`,`, `;` or tab) with the header `image,LABEL,LABEL…`, columns in any order;
 * - JSON lines `{"image": …, "labels": [{"label": …, "score": …}, …]}`, with all labels, as `polytag-eval predict
 * --scores` writes them;
 * - `.npy`: float32 or float64 [N, K], rows in the order of `images`, columns in that of `labels`.
 *
 * Images are matched by their path in the label file, else by a path with the same ending, else by file name if only
 * one image has it. The file is streamed: memory is 8 N K bytes.
 *
 * @throws DataError `data/file-missing` and the others of `openRegularFile`; `data/score-file-format`, `data/not-json`,
 * `data/encoding`, `data/npy`, `data/scores-shape` for another form; `data/label-without-scores`,
 * `data/duplicate-image`, `data/ambiguous-image`, `data/scores-of-others` (no image has scores);
 * `data/score-not-a-number`, `data/not-a-probability` (below 0 or above 1)
 */
export async function readScores(path: string, options: ReadScoresOptions): Promise<ImageScores> {
  const { labels, images, logits = false, report } = options;
  const rows = new ScoreRows(path, labels, images, logits);
  const { handle, size } = await openRegularFile(path, { what: 'score file' });
  try {
    const told = report && ((bytes: number) => report(Math.min(bytes, size), size));
    const start = (await handle.read(Buffer.alloc(1024), 0, 1024, 0)).buffer;
    let otherLabels: readonly string[] = [];
    if (start[0] === 0x93) await readNpyScores(handle, path, rows, told);
    else {
      const format = formatOf(start.toString('latin1'), path) === 'json' ? JsonlScores : CsvScores;
      const lines = new format(rows, path);
      await eachLine(handle, path, (bytes, from, to, line) => lines.line(bytes, from, to, line), told);
      otherLabels = lines.otherLabels;
    }
    const withoutScores = rows.finish();
    return { scores: rows.scores, withoutScores, otherImages: rows.others, otherLabels };
  } finally {
    await handle.close();
  }
}

function formatOf(start: string, path: string): 'json' | 'csv' {
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (text.startsWith('['))
    throw new DataError(
      'data/score-file-format',
      `${path} is a JSON list; expected one JSON object per line.`,
      {
        hint: 'Write each image on its own line: {"image": …, "labels": [{"label": …, "score": …}, …]}.',
      },
    );
  if (text.startsWith('PK'))
    throw new DataError(
      'data/score-file-format',
      `${path} is a zip archive or a spreadsheet, not a score file.`,
      {
        hint: 'Save one array with np.save, or the table as CSV.',
      },
    );
  return text.startsWith('{') ? 'json' : 'csv';
}
