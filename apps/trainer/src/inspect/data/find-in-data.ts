import type { Progress } from '@polytag/cli';
import {
  duplicateGroups,
  examineImages,
  findDuplicates,
  type BadImage,
  type DuplicateGroup,
  type ImageFacts,
  type LabelledDataset,
} from '@polytag/datasets';
import type { MultiLabelModel } from '@polytag/model';

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
  /** Groups of images that are alike by features, where a model was given. */
  readonly alike?: { readonly cosine: number; readonly groups: readonly DuplicateGroup[] };
}

/** A model whose features are compared too. */
export interface FeatureComparison {
  readonly model: MultiLabelModel;
  /** The least cosine of images that are alike. */
  readonly cosine: number;
}

/**
 * Decodes the images of label files, on all cores, and compares them.
 *
 * @param features compares images that are no duplicates by these as well
 * @throws InterruptedError `data/interrupted`
 */
export async function findInData(
  datasets: readonly LabelledDataset[],
  { maxPixels, similarity }: FindOptions,
  progress: Progress,
  signal: AbortSignal,
  features?: FeatureComparison,
): Promise<DataFindings> {
  const images = datasets.flatMap((dataset) => dataset.images);
  const show = (label: string) => shownRate(label, images.length, progress);
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
  const groups = duplicateGroups(datasets, duplicates);
  if (!features) return { files, groups };
  // Of copies one is compared.
  const usable = Uint32Array.from(found.keys()).filter((i) => found[i] && duplicates.group[i] === i);
  const all = { ...datasets[0], images };
  const shown = new Map<string, (done: number) => void>();
  const { model, cosine } = features;
  const { alikeImages } = await import('./alike-images.js');
  const alike = await alikeImages(model, all, usable, {
    ...{ cosine, maxPixels, signal },
    report(what, done) {
      if (!shown.has(what)) shown.set(what, shownRate(what, usable.length, progress));
      shown.get(what)!(done);
    },
  });
  return { files, groups, alike: { cosine, groups: duplicateGroups(datasets, alike) } };
}

function shownRate(label: string, total: number, progress: Progress): (done: number) => void {
  const start = performance.now();
  return (done) => {
    if (total < SHOW_FROM || done === 0) return;
    const rate = done / ((performance.now() - start) / 1000);
    const secondsLeft = (total - done) / rate;
    progress.update({ label, done, total, rate: `${rate.toFixed(0)} images/s`, secondsLeft });
  };
}

/** Fewer images are looked at before anybody wonders. */
const SHOW_FROM = 200;
