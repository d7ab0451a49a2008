import { DataError } from '../errors/errors.js';

/** A class name in a label file. */
export type ClassName = string | number;

/**
 * The ordered set of labels of a model. The index of a label is its position in the sorted list (strings by code unit,
 * integers by value), whatever order a file has (docs/method.md#class-order). Weights, targets, adjacency matrices and
 * thresholds all use this order.
 *
 * @example
 * const labels = new LabelVocabulary(['dog', 'cat']);
 * labels.names; // ['cat', 'dog']
 * labels.encode(['dog']); // [0, 1]
 */
export class LabelVocabulary {
  readonly names: readonly string[];
  readonly #index: ReadonlyMap<string, number>;

  /**
   * @param classes the class names, in any order
   * @throws DataError if the list is empty, has a duplicate, or mixes strings and integers
   */
  constructor(classes: readonly ClassName[]) {
    if (classes.length === 0) {
      throw new DataError('data/no-classes', 'The list "classes" is empty.', {
        hint: 'List at least one label under "classes".',
      });
    }
    const numeric = classes.every((name) => typeof name === 'number');
    if (!numeric && classes.some((name) => typeof name === 'number')) {
      throw new DataError('data/mixed-classes', 'The list "classes" mixes numbers and strings.', {
        hint: 'Write all labels as strings, or all as integers.',
      });
    }
    const sorted = numeric
      ? [...(classes as readonly number[])].sort((a, b) => a - b).map(String)
      : [...(classes as readonly string[])].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const index = new Map(sorted.map((name, i) => [name, i]));
    if (index.size !== sorted.length) {
      const twice = sorted.find((name, i) => i > 0 && name === sorted[i - 1]);
      throw new DataError('data/duplicate-class', `The label "${twice}" is listed twice in "classes".`, {
        hint: 'List each label once.',
      });
    }
    this.names = sorted;
    this.#index = index;
  }

  /**
   * The vocabulary of a list of names that is already in vocabulary order, such as the outputs of a model file.
   *
   * @returns undefined if the order is not that of a vocabulary of strings or integers
   * @throws DataError as the constructor
   */
  static inOrder(names: readonly string[]): LabelVocabulary | undefined {
    const asGiven = (labels: LabelVocabulary) => labels.names.every((name, i) => name === names[i]);
    const texts = new LabelVocabulary(names);
    if (asGiven(texts)) return texts;
    if (!names.every((name) => /^-?\d+$/.test(name))) return undefined;
    const integers = new LabelVocabulary(names.map(Number));
    return asGiven(integers) ? integers : undefined;
  }

  /** Number of labels, K. */
  get size(): number {
    return this.names.length;
  }

  /** Index of a label, or undefined if it is not in the vocabulary. */
  indexOf(name: ClassName): number | undefined {
    return this.#index.get(String(name));
  }

  /** Target vector of length K: 1 for the given labels, else 0. Labels outside the vocabulary are ignored. */
  encode(labels: readonly ClassName[], into: Float32Array = new Float32Array(this.size)): Float32Array {
    into.fill(0);
    for (const label of labels) {
      const index = this.indexOf(label);
      if (index !== undefined) into[index] = 1;
    }
    return into;
  }

  equals(other: LabelVocabulary): boolean {
    return this.size === other.size && this.names.every((name, i) => name === other.names[i]);
  }
}
