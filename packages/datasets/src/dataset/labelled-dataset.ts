import type { LabelVocabulary } from '@polytag/core';

/** An image of a data set. */
export interface ImageFile {
  /** As the label file writes it. */
  readonly name: string;
  /** Where the file is. */
  readonly path: string;
}

/** One image and what is on it. */
export interface LabelledImage extends ImageFile {
  /** Indices into the vocabulary. A label that was listed twice is here twice: the label graph counts it. */
  readonly labels: readonly number[];
  /**
   * Labels of which nobody knows whether the image has them; each once, none of `labels`. Default: none. Where it is most
   * labels it is worked out on each access: keep it in a variable rather than asking for it in a loop.
   */
  readonly unknown?: readonly number[];
}

/** Images with labels of one vocabulary: all that counting them asks for. */
export interface LabelledImages {
  readonly labels: LabelVocabulary;
  /** In the order of the file; never empty. */
  readonly images: readonly LabelledImage[];
}

/** A data set as every reader in this folder gives it. */
export interface LabelledDataset extends LabelledImages {
  /** The label file. */
  readonly source: string;
  /** Labels that are not in the vocabulary and were left out, and how often each stood there. */
  readonly unknownLabels: ReadonlyMap<string, number>;
}
