import type { LabelVocabulary } from '@polytag/core';
import { DataError } from '@polytag/core';
import { openRegularFile } from '@polytag/files';
import { eachLine } from './byte-lines.js';
import { CsvScores } from './csv-scores.js';
import { JsonlScores } from './jsonl-scores.js';
import { readNpyScores } from './npy-scores.js';
import { ScoreRows, type Others } from './score-rows.js';

export interface ReadScoresOptions {
  /** The K labels that scores are wanted of. */
  readonly labels: LabelVocabulary;
  /** The N images, by their names in the label file. */
  readonly images: readonly string[];
  /** The file holds raw outputs; sigmoid makes probabilities of them. Default: it holds probabilities. */
  readonly logits?: boolean;
  /** Called as the file is read, with bytes. */
  readonly report?: (bytes: number, total: number) => void;
}

/** What a program says of the images of a data set. */
export interface ImageScores {
  /** [N, K] probabilities, row-major, labels in the order of the vocabulary; NaN in the row of an image without scores. */
  readonly scores: Float64Array;
  /** Positions of the images without scores, rising. */
  readonly withoutScores: readonly number[];
  /** Images that the file has scores of and nobody asked for. */
  readonly otherImages: Others;
  /** Labels likewise. */
  readonly otherLabels: readonly string[];
}

/**
 * Reads scores that any program wrote, as one of
 * - CSV (`,`, `;` or tab) with the header `image,LABEL,LABEL…`, columns in any order;
 * - JSON lines `{"image": …, "labels": [{"label": …, "score": …}, …]}`, with all labels, as `polytag-eval predict --scores`
 *   writes them;
 * - `.npy`: float32 or float64 [N, K], rows in the order of `images`, columns in that of `labels`.
 *
 * Which of them it is shows in the first bytes. Images are found by the path as the label file writes it; else by a path that
 * ends like it, else by the file name, where only one image has it. The file is read as a stream: memory is 8 N K bytes.
 *
 * @throws DataError `data/file-missing` and the others of `openRegularFile`; `data/score-file-format`, `data/not-json`,
 *   `data/encoding`, `data/npy`, `data/scores-shape` for another form; `data/label-without-scores`, `data/duplicate-image`,
 *   `data/ambiguous-image`, `data/scores-of-others` (no image has scores); `data/score-not-a-number`,
 *   `data/not-a-probability` (below 0 or above 1)
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
