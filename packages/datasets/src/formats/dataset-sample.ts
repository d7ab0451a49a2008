/** What a sample says: labels of the images `train0.jpg`, `train1.jpg`, … and `test0.jpg`, …, as indices into the classes. */
export interface SampleContent {
  readonly classes: readonly string[];
  readonly train: readonly (readonly number[])[];
  readonly test: readonly (readonly number[])[];
}

/**
 * A small data set as a format writes it. What is asserted of every format (damaged files, pipes in the place of files, no
 * label lost) is asserted of the samples of its reader.
 */
export interface DatasetSample {
  /** What tells it from the other samples of its format, e.g. `one-hot`. */
  readonly layout?: string;
  /** Whether the format can list a label several times, once for each object. */
  readonly repeats: boolean;
  /** The classes, where the format has its own; numbers are written as text. */
  readonly classes?: readonly string[];
  /**
   * The files by their path in the folder of the data set (what is no text becomes JSON), and the options that read them.
   * The images lie beside them, or are among them; every image has a label.
   */
  write(content: SampleContent): SampleFiles;
}

export interface SampleFiles {
  readonly files: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** An image of a sample. */
export interface SampleImage {
  readonly split: 'train' | 'test';
  /** E.g. `train0`. */
  readonly id: string;
  /** `train0.jpg` */
  readonly file: string;
  readonly labels: readonly string[];
}

/** The images of a sample, those of `train` first. */
export function sampleImages(content: SampleContent): SampleImage[] {
  return (['train', 'test'] as const).flatMap((split) =>
    content[split].map((labels, i) => ({
      split,
      id: `${split}${i}`,
      file: `${split}${i}.jpg`,
      labels: labels.map((label) => content.classes[label]),
    })),
  );
}
