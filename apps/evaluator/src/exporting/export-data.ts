import { Progress, type Streams } from '@polytag/cli';
import type { Batch } from '@polytag/core';
import { openLoader, readLabelFile, type BadImage, type LabelledDataset } from '@polytag/datasets';
import type { MultiLabelModel } from '@polytag/model';
import { describeBad, someBad } from '../scoring/bad-images.js';
import { checkLabels } from '../scoring/check-labels.js';

/** Images at a time. */
export const BATCH = 16;

/** The images of a label file, resized and normalised for a model. */
export interface ExportData {
  readonly batches: AsyncIterable<Batch>;
  /** Tells how far the work on the images is. */
  report(done: number): void;
  /** Tells how far work of another kind is. */
  reportOther(label: string, done: number, total: number): void;
  /** How a command ends after images that cannot be used, which are named and left out. */
  readonly bad: () => Error | undefined;
}

export interface ExportDataOptions {
  /** Of the progress. */
  readonly label: string;
  /** Images that are taken, evenly spread over the file. Default: all. */
  readonly most?: number;
  readonly maxPixels?: number;
}

/**
 * Opens the images of a label file, hands them to `use`, and closes them after it.
 *
 * @throws DataError `data/labels-differ`, `data/bad-images` where none can be used, and those of `readLabelFile` and the loader
 */
export async function withExportData<Result>(
  model: MultiLabelModel,
  folder: string,
  file: string,
  { label, most = Infinity, maxPixels }: ExportDataOptions,
  streams: Streams,
  use: (data: ExportData) => Promise<Result>,
): Promise<Result> {
  const dataset = spread(await readLabelFile(file, { missingImages: 'keep' }), most);
  checkLabels(model, folder, dataset);
  const progress = new Progress(streams.err);
  const bad = new Set<number>();
  const source = openLoader(dataset, {
    preprocessing: model.preprocessing,
    batchSize: BATCH,
    cacheBytes: 0,
    maxPixels,
    onBadImage: ({ index, error }: BadImage) => {
      bad.add(index);
      progress.line(describeBad(error));
    },
  });
  const start = performance.now();
  const report = (done: number) => {
    const total = source.size - bad.size;
    const rate = done / ((performance.now() - start) / 1000);
    progress.update({
      label,
      done,
      total,
      rate: `${rate.toFixed(rate < 10 ? 1 : 0)} images/s`,
      secondsLeft: (total - done) / rate,
    });
  };
  let other = 0;
  const reportOther = (what: string, done: number, total: number) => {
    const now = performance.now();
    if (done === 1) other = now;
    const rate = (done - 1) / ((now - other) / 1000);
    progress.update({
      label: what,
      done,
      total,
      ...(done > 1 && { rate: `${rate.toFixed(1)} a second`, secondsLeft: (total - done) / rate }),
    });
  };
  const failed = () => (bad.size > 0 ? someBad(bad.size, source.size) : undefined);
  try {
    const result = await use({ batches: source.epoch(0), report, reportOther, bad: failed });
    if (bad.size < source.size) return result;
    throw failed()!;
  } catch (error) {
    // Of no image nothing can be computed.
    throw bad.size === source.size ? failed()! : error;
  } finally {
    await source.close();
  }
}

function spread(dataset: LabelledDataset, most: number): LabelledDataset {
  const { images } = dataset;
  if (images.length <= most) return dataset;
  const chosen = Array.from({ length: most }, (_, i) => images[Math.floor((i * images.length) / most)]);
  return { ...dataset, images: chosen };
}
