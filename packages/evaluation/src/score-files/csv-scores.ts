import { DataError, printable } from '@polytag/core';
import { DecimalCells } from './decimal-cells.js';
import { refuseMissingLabels, type ScoreRows } from './score-rows.js';

/** What the column of images may be called. */
const IMAGE_COLUMN = /^(?:image|file|filename|file_name|path|image_path)$/i;

const DELIMITERS = [',', ';', '\t'].map((mark) => mark.charCodeAt(0));

/** What a column holds, where it is not the place of a label. */
const [OTHER, IMAGE] = [-1, -2];

/** Lines of a table of scores: a header `image,LABEL,LABEL…`, its columns in any order, and a row for each image. */
export class CsvScores {
  #cells!: DecimalCells;
  /** Of each column the place of its label, `IMAGE` or `OTHER`. */
  #columns?: Int32Array;
  readonly #values: Float64Array;
  /** Labels that have a column and are not asked for. */
  readonly otherLabels: string[] = [];

  constructor(
    private readonly rows: ScoreRows,
    private readonly source: string,
  ) {
    this.#values = new Float64Array(rows.labels.size);
  }

  /** @throws DataError `data/score-file-format`, `data/label-without-scores` and those of `ScoreRows.add` */
  line(bytes: Buffer, start: number, end: number, line: number): void {
    if (start === end) return;
    if (!this.#columns) return this.#header(bytes, start, end);
    const [cells, columns, values] = [this.#cells, this.#columns, this.#values];
    cells.start(bytes, start, end);
    let image = '';
    for (let i = 0; i < columns.length; i++) {
      if (cells.isAtEnd) throw this.#cellCount(line, `only ${i}`);
      const label = columns[i];
      if (label >= 0) values[label] = cells.number();
      else if (label === IMAGE) image = cells.text();
      else cells.skip();
    }
    if (!cells.isAtEnd) throw this.#cellCount(line, 'more');
    this.rows.add(image, values, line);
  }

  #header(bytes: Buffer, start: number, end: number): void {
    const { source, rows } = this;
    const { labels } = rows;
    const { names, delimiter } = headerOf(bytes, start, end);
    // A label may be called like it as well: the first is the image's.
    const image = names.findIndex((name) => IMAGE_COLUMN.test(name.trim()));
    if (image < 0) {
      const shown = names.slice(0, 5).map((name) => `"${printable(name)}"`);
      throw new DataError(
        'data/score-file-format',
        `${source} has no column "image"; its columns: ${shown.join(', ')}…`,
        {
          hint: 'Expected the header image,LABEL,LABEL… and a line for each image.',
        },
      );
    }
    const found = new Set<number>();
    // A label is on one line in a table of `polytag-eval predict`: what cannot be seen in it is an escape there.
    const shown = new Map(labels.names.map((name, k) => [printable(name, Infinity), k]));
    this.#columns = Int32Array.from(names, (name, i) => {
      if (i === image) return IMAGE;
      const label = labels.indexOf(name) ?? labels.indexOf(name.trim()) ?? shown.get(name);
      if (label === undefined) {
        this.otherLabels.push(name.trim());
        return OTHER;
      }
      if (found.has(label)) {
        throw new DataError('data/score-file-format', `${source} has two columns "${name}".`, {
          hint: 'Keep one column for each label.',
        });
      }
      found.add(label);
      return label;
    });
    const hint =
      this.otherLabels.length > 0
        ? `Columns must be named like the labels; other columns: ${this.otherLabels
            .slice(0, 5)
            .map((name) => `"${printable(name)}"`)
            .join(', ')}.`
        : 'Add a column for every label of the data.';
    refuseMissingLabels(source, labels, (label) => found.has(label), hint);
    this.#cells = new DecimalCells(delimiter);
  }

  #cellCount(line: number, found: string): DataError {
    return new DataError(
      'data/score-file-format',
      `${this.source}, line ${line}: the header has ${this.#columns!.length} cells, but this line has ${found}.`,
      {
        hint: 'Quote image names that contain the delimiter. If the file is incomplete, write it again.',
      },
    );
  }
}

/** The names of the columns, divided by the mark that gives most of them. */
function headerOf(bytes: Buffer, start: number, end: number) {
  const found = DELIMITERS.map((delimiter) => {
    const cells = new DecimalCells(delimiter);
    cells.start(bytes, start, end);
    const names: string[] = [];
    while (!cells.isAtEnd) names.push(cells.text());
    return { delimiter, names };
  });
  return found.reduce((best, one) => (one.names.length > best.names.length ? one : best));
}
