import { availableParallelism } from 'node:os';
import { InterruptedError } from '@polytag/core';
import {
  decodeViews,
  DisjointSets,
  type DuplicatePair,
  type Duplicates,
  type LabelledDataset,
} from '@polytag/datasets';
import type { MultiLabelModel } from '@polytag/model';
import { matMul, slice, tensor2d, tensor4d, tidy, type Tensor2D } from '@tensorflow/tfjs';

export interface AlikeOptions {
  /** The least cosine of the features of two images that are alike. */
  readonly cosine: number;
  readonly maxPixels?: number;
  readonly signal: AbortSignal;
  readonly report: (what: 'computing features' | 'comparing features', done: number) => void;
}

/** Images that the network sees at once. */
const BATCH = 32;
/** Images that are compared with all others at once. */
const ROWS = 256;

/**
 * Finds images that a network takes for alike: the cosine of their features (the feature map, averaged over its cells).
 * All pairs are compared, so that the time grows with the square of the images.
 *
 * @param images positions of those that can be used and are to be compared
 * @throws InterruptedError `data/interrupted`
 */
export async function alikeImages(
  model: MultiLabelModel,
  dataset: LabelledDataset,
  images: Uint32Array,
  options: AlikeOptions,
): Promise<Duplicates> {
  const features = await unitFeatures(model, dataset, images, options);
  const width = features.length / images.length;
  const sets = new DisjointSets(dataset.images.length);
  const pairs: DuplicatePair[] = [];
  options.report('comparing features', 0);
  for (let start = 0; start < images.length; start += ROWS) {
    stopIf(options.signal);
    const count = Math.min(ROWS, images.length - start);
    // Each row with itself and those after it: the others were compared before.
    const others = images.length - start;
    const products = tidy(() => {
      const rest = tensor2d(features.subarray(start * width), [others, width]);
      return matMul<Tensor2D>(slice(rest, [0, 0], [count, width]), rest, false, true);
    });
    const cosines = await products.data<'float32'>().finally(() => products.dispose());
    for (let row = 0; row < count; row++) {
      for (let column = row + 1; column < others; column++) {
        const similarity = cosines[row * others + column];
        if (similarity < options.cosine) continue;
        const [first, second] = [images[start + row], images[start + column]];
        sets.join(first, second);
        pairs.push({ first, second, kind: 'near', similarity: Math.min(1, similarity) });
      }
    }
    options.report('comparing features', start + count);
  }
  return { group: sets.firsts(), pairs };
}

/** [images, channels]: the feature vectors, each of length 1. */
async function unitFeatures(
  model: MultiLabelModel,
  dataset: LabelledDataset,
  images: Uint32Array,
  { maxPixels, signal, report }: AlikeOptions,
): Promise<Float32Array> {
  const { preprocessing } = model;
  const { height, width } = preprocessing;
  const rows: Float32Array[] = [];
  let done = 0;
  report('computing features', 0);
  const workers = availableParallelism();
  for await (const { indices, images: pixels } of decodeViews(dataset, images, {
    ...{ preprocessing, views: [undefined], batchSize: BATCH, workers, maxPixels },
  })) {
    stopIf(signal);
    const batch = tensor4d(pixels, [indices.length, height, width, 3]);
    const features = model.embedBatch(batch);
    batch.dispose();
    rows.push(await features.data<'float32'>().finally(() => features.dispose()));
    report('computing features', (done += indices.length));
  }
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  const channels = all.length / images.length;
  for (let start = 0; start < all.length; start += channels) {
    const vector = all.subarray(start, start + channels);
    const length = Math.hypot(...vector) || 1;
    for (let c = 0; c < channels; c++) vector[c] /= length;
  }
  return all;
}

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw new InterruptedError('data/interrupted', 'Comparing the images was stopped.');
}
