/**
 * The labels of a sample: of the images `train0.jpg`, `train1.jpg`, … and `test0.jpg`, …, as indices into the classes.
 */
export interface SampleContent {
  readonly classes: readonly string[];
  readonly train: readonly (readonly number[])[];
  readonly test: readonly (readonly number[])[];
}

/**
 * A small data set in one format. Tests that hold for every format (damaged files, pipes instead of files, no label
 * lost) run on the samples of each reader.
 */
export interface DatasetSample {
  /** Distinguishes it from other samples of the format, e.g. `one-hot`. */
  readonly layout?: string;
  /** Whether the format can list a label several times, once per object. */
  readonly repeats: boolean;
  /** The classes, if the format has its own; numbers are written as text. */
  readonly classes?: readonly string[];
  /**
   * The files by path in the folder of the data set (objects become JSON), and the options that read them. The images
   * are beside them, or among them. Every image has a label.
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

/** The images of a sample, first those of `train`. */
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
