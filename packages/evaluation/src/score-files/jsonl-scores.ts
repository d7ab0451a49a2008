import { DataError, isRecord } from '@polytag/core';
import { refuseMissingLabels, type ScoreRows } from './score-rows.js';

const HINT = 'Expected a line {"image": …, "labels": [{"label": …, "score": …}, …]} for each image.';

/** Lines of JSON as `polytag-eval predict --scores` writes them: an image and the scores of all labels, in any order. */
export class JsonlScores {
  readonly #values: Float64Array;
  /** For each label the line that named it last. */
  readonly #seen: Uint32Array;
  readonly #others = new Set<string>();

  constructor(
    private readonly rows: ScoreRows,
    private readonly source: string,
  ) {
    this.#values = new Float64Array(rows.labels.size);
    this.#seen = new Uint32Array(rows.labels.size);
  }

  /** Labels that have scores and are not asked for. */
  get otherLabels(): readonly string[] {
    return [...this.#others];
  }

  /** @throws DataError `data/not-json`, `data/score-file-format`, `data/label-without-scores` and those of `ScoreRows.add` */
  line(bytes: Buffer, start: number, end: number, line: number): void {
    const text = bytes.toString('utf8', start, end);
    if (text.trim() === '') return;
    const place = `${this.source}, line ${line}`;
    const { image, labels } = this.#parsed(text, place);
    const { labels: vocabulary } = this.rows;
    const [values, seen] = [this.#values, this.#seen];
    let found = 0;
    for (const one of labels) {
      const { label, score } = (one ?? {}) as { label?: unknown; score?: unknown };
      if (typeof label !== 'string' || (typeof score !== 'number' && score !== null))
        throw new DataError(
          'data/score-file-format',
          `${place}: expected {"label": name, "score": number} in "labels".`,
          { hint: HINT },
        );
      const k = vocabulary.indexOf(label);
      if (k === undefined) {
        this.#others.add(label);
        continue;
      }
      if (seen[k] === line)
        throw new DataError('data/score-file-format', `${place}: "${label}" has two scores.`, { hint: HINT });
      seen[k] = line;
      // What is no number is null in JSON.
      values[k] = score ?? NaN;
      found++;
    }
    if (found < vocabulary.size) {
      const hint = 'Give a score for all labels, not only for predicted ones: use predict --scores.';
      refuseMissingLabels(place, vocabulary, (label) => seen[label] === line, hint);
    }
    this.rows.add(image, values, line);
  }

  #parsed(text: string, place: string): { image: string; labels: readonly unknown[] } {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new DataError('data/not-json', `${place} is not valid JSON.`, {
        hint: `${HINT} If the last line is incomplete, write the file again.`,
        cause,
      });
    }
    if (isRecord(value) && typeof value.image === 'string' && Array.isArray(value.labels))
      return { image: value.image, labels: value.labels };
    const isLabelFile = isRecord(value) && 'classes' in value;
    throw new DataError(
      'data/score-file-format',
      isLabelFile
        ? `${this.source} is a label file, not a score file.`
        : `${place} has no "image" with "labels".`,
      { hint: HINT },
    );
  }
}
