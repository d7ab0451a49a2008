import { DataError, printable, type LabelVocabulary } from '@polytag/core';
import { CLOSENESS, ImageNames } from './image-names.js';

/** Names told in one message; the rest is counted. */
const FEW = 5;

/** Images or labels in a file of scores that are not in the data set. */
export interface Others {
  readonly count: number;
  /** The first few. */
  readonly some: readonly string[];
}

/** The scores of a data set as they are gathered from the rows of a file. N images, K labels. */
export class ScoreRows {
  /** [N, K], row-major. */
  readonly scores: Float64Array;
  readonly #names: ImageNames;
  /** How closely the row fits that an image has; 0 without one. */
  readonly #closeness: Uint8Array;
  /** The line of that row. */
  readonly #lines: Uint32Array;
  #others = 0;
  readonly #someOthers: string[] = [];

  constructor(
    readonly source: string,
    readonly labels: LabelVocabulary,
    readonly images: readonly string[],
    readonly logits: boolean,
  ) {
    this.scores = new Float64Array(images.length * labels.size);
    this.#names = new ImageNames(images);
    this.#closeness = new Uint8Array(images.length);
    this.#lines = new Uint32Array(images.length);
  }

  /**
   * Takes the row of an image, by what the file calls it. A row whose path fits an image less closely than another is of
   * another image.
   *
   * @param values [K], in the order of the vocabulary
   * @throws DataError `data/duplicate-image`, `data/ambiguous-image` and those of {@link put}
   */
  add(name: string, values: Float64Array, line: number): void {
    const exact = this.#names.exactly(name);
    const found = exact === undefined ? this.#names.find(name) : { image: exact, closeness: CLOSENESS.exact };
    if (!found) return this.#addOther(name);
    if ('ambiguous' in found) throw this.#ambiguous(name, found.ambiguous, line);
    const { image, closeness } = found;
    const before = this.#closeness[image];
    if (before > closeness) return this.#addOther(name);
    if (before === closeness) throw this.#twice(name, image, line);
    if (before > 0) this.#addOther(`line ${this.#lines[image]}`);
    this.put(image, values, `line ${line}`);
    this.#closeness[image] = closeness;
    this.#lines[image] = line;
  }

  /**
   * Takes the row of an image, by its position.
   *
   * @param place how an error names the row
   * @throws DataError `data/score-not-a-number`, `data/not-a-probability`
   */
  put(image: number, values: Float64Array, place: string): void {
    const { scores, logits } = this;
    const start = image * values.length;
    for (let k = 0; k < values.length; k++) {
      const value = values[k];
      if (logits ? value === value : value >= 0 && value <= 1)
        scores[start + k] = logits ? 1 / (1 + exp(-value)) : value;
      else throw this.#notAScore(value, image, k, place);
    }
    this.#closeness[image] = CLOSENESS.exact;
  }

  /** Rows of images that nobody asked for. */
  get others(): Others {
    return { count: this.#others, some: this.#someOthers };
  }

  /**
   * Positions of the images that have no row, rising; their scores are NaN now.
   *
   * @throws DataError `data/scores-of-others` where no image has one
   */
  finish(): readonly number[] {
    const { scores, images, labels } = this;
    const without: number[] = [];
    for (let image = 0; image < images.length; image++) {
      if (this.#closeness[image] > 0) continue;
      without.push(image);
      scores.fill(NaN, image * labels.size, (image + 1) * labels.size);
    }
    if (without.length < images.length) return without;
    const [some] = this.#someOthers;
    throw new DataError(
      'data/scores-of-others',
      some === undefined
        ? `${this.source} has no scores.`
        : `${this.source} has scores for ${this.#others} images, but none of them is in the label file: ` +
            `the score file has "${some}", the label file "${images[0]}".`,
      { hint: 'Use the image paths of the label file, or at least the same file names.' },
    );
  }

  #addOther(name: string): void {
    this.#others++;
    if (this.#someOthers.length < FEW) this.#someOthers.push(name);
  }

  #notAScore(value: number, image: number, k: number, place: string): DataError {
    const where = `${this.source}, ${place}: the score of "${this.images[image]}" for "${this.labels.names[k]}"`;
    if (Number.isNaN(value)) {
      return new DataError('data/score-not-a-number', `${where} is not a number.`, {
        hint: 'Write numbers with a point and without %, such as 0.9. If the cell is empty: polytag-eval predict leaves out labels below the threshold: write its file again with --scores.',
      });
    }
    return new DataError(
      'data/not-a-probability',
      `${where} is ${value}; expected a probability from 0 to 1.`,
      {
        hint: 'If these are raw outputs (logits), add --logits (in a program, logits: true) to apply sigmoid.',
      },
    );
  }

  #twice(name: string, image: number, line: number): DataError {
    const known = this.images[image];
    return new DataError(
      'data/duplicate-image',
      `${this.source} has scores for "${printable(known)}" twice, in lines ${this.#lines[image]} and ${line}` +
        `${name === known ? '' : `, there as "${name}"`}.`,
      { hint: 'Keep one row per image, with the image paths of the label file.' },
    );
  }

  #ambiguous(name: string, [a, b]: readonly [number, number], line: number): DataError {
    return new DataError(
      'data/ambiguous-image',
      `${this.source}, line ${line}: "${name}" may be "${this.images[a]}" or "${this.images[b]}".`,
      { hint: 'Several images have this file name: write their paths as in the label file.' },
    );
  }
}

// Looked up once: in a sandbox, as Jest's, each look-up of a global is slow.
const { exp } = Math;

/**
 * Which labels are missing among those that a file has scores for, as an error.
 *
 * @throws DataError `data/label-without-scores`
 */
export function refuseMissingLabels(
  source: string,
  labels: LabelVocabulary,
  has: (label: number) => boolean,
  hint: string,
): void {
  const missing = labels.names.filter((_, k) => !has(k));
  if (missing.length === 0) return;
  const shown = missing.slice(0, FEW).map((name) => `"${printable(name)}"`);
  const more = missing.length > FEW ? ` and ${missing.length - FEW} more` : '';
  throw new DataError(
    'data/label-without-scores',
    `${source} has no scores for ${missing.length} of the ${labels.size} labels: ${shown.join(', ')}${more}.`,
    { hint },
  );
}
