import { Progress } from '@polytag/cli';
import {
  duplicateGroups,
  examineImages,
  findDuplicates,
  type BadImage,
  type DuplicateGroup,
  type ImageFacts,
  type LabelledDataset,
} from '@polytag/datasets';

export interface FindOptions {
  /** The most pixels of an image. Default: 64 million. */
  readonly maxPixels?: number;
  /** The least similarity of near duplicates; see `findDuplicates`. */
  readonly similarity?: number;
}

/** What the images of label files are, and which show the same. */
export interface DataFindings {
  /** Of each label file, in the order given. */
  readonly files: readonly {
    readonly dataset: LabelledDataset;
    readonly bad: readonly BadImage[];
    /** Of the images that can be used. */
    readonly facts: readonly ImageFacts[];
  }[];
  readonly groups: readonly DuplicateGroup[];
}

/**
 * Decodes the images of label files, on all cores, and compares them.
 *
 * @throws InterruptedError `data/interrupted`
 */
export async function findInData(
  datasets: readonly LabelledDataset[],
  { maxPixels, similarity }: FindOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<DataFindings> {
  const images = datasets.flatMap((dataset) => dataset.images);
  const show = (label: string) => {
    const start = performance.now();
    return (done: number) => {
      const rate = done / ((performance.now() - start) / 1000);
      if (images.length < SHOW_FROM || done === 0) return;
      const secondsLeft = (images.length - done) / rate;
      progress.update({
        label,
        done,
        total: images.length,
        rate: `${rate.toFixed(0)} images/s`,
        secondsLeft,
      });
    };
  };
  const { found, bad } = await examineImages(images, { maxPixels, signal, report: show('opening images') });
  const fingerprints = found.map((one) => one?.fingerprint);
  const report = show('comparing images');
  const duplicates = await findDuplicates(fingerprints, { similarity, signal, report });
  let start = 0;
  const files = datasets.map((dataset) => {
    const end = start + dataset.images.length;
    const here = found.slice(start, end);
    const badHere = bad.filter(({ index }) => index >= start && index < end);
    const first = start;
    start = end;
    return {
      dataset,
      bad: badHere.map((one) => ({ ...one, index: one.index - first })),
      facts: here.flatMap((one) => (one ? [one.facts] : [])),
    };
  });
  return { files, groups: duplicateGroups(datasets, duplicates) };
}

/** Fewer images are looked at before anybody wonders. */
const SHOW_FROM = 200;
