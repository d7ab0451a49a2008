import type { LabelVocabulary } from '@polytag/core';

/** An image of a data set. */
export interface ImageFile {
  /** As the label file writes it. */
  readonly name: string;
  /** Where the file is. */
  readonly path: string;
}

/** An image with its labels. */
export interface LabelledImage extends ImageFile {
  /** Indices into the vocabulary. A label listed twice is here twice, because the label graph counts it. */
  readonly labels: readonly number[];
  /**
   * Unknown labels, each once and none of `labels`. Default: none. If most labels are unknown, this is computed on each
   * access: store it in a variable.
   */
  readonly unknown?: readonly number[];
}

/** Images with labels of one vocabulary. */
export interface LabelledImages {
  readonly labels: LabelVocabulary;
  /** In the order of the file; never empty. */
  readonly images: readonly LabelledImage[];
}

/** A data set, as returned by every reader. */
export interface LabelledDataset extends LabelledImages {
  /** The label file. */
  readonly source: string;
  /** Labels outside the vocabulary that were skipped, and how often each occurred. */
  readonly unknownLabels: ReadonlyMap<string, number>;
}
