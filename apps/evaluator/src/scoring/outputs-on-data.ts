import { Progress, type Streams } from '@polytag/cli';
import { openLoader, readLabelFile, type LabelledDataset, type BadImage } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { modelOutputs, type ModelOutputs } from '@polytag/evaluation';
import type { DataOptions } from '../options.js';
import { describeBad, someBad } from './bad-images.js';
import { checkLabels } from './check-labels.js';

/**
 * Runs a model folder on the images of a label file, with progress, and hands all three to `use`; the model is freed then.
 * A row of the outputs is an image of the data set, in its order. Images that cannot be used are named and left out of both;
 * when `use` is done they are an error.
 *
 * @throws DataError `data/labels-differ`; `data/bad-images` after all; and those of `useEngine`, `readLabelFile`, `loadModel` and the loader
 */
export async function withOutputs<Result>(
  options: DataOptions & { readonly flip?: boolean },
  streams: Streams,
  use: (model: MultiLabelModel, outputs: ModelOutputs, dataset: LabelledDataset) => Promise<Result>,
): Promise<Result> {
  await useEngine(options.engine);
  const dataset = await readLabelFile(options.data, {
    unknownLabels: options.ignoreUnknownLabels ? 'ignore' : 'error',
    missingImages: options.strict ? 'error' : 'keep',
  });
  const model = await loadModel(options.model, { allowModules: options.allowModules });
  try {
    checkLabels(model, options.model, dataset);
    const progress = new Progress(streams.err);
    const bad = new Set<number>();
    const source = openLoader(dataset, {
      preprocessing: model.preprocessing,
      batchSize: options.batch,
      workers: options.workers,
      cacheBytes: 0,
      maxPixels: options.maxPixels,
      ...(!options.strict && {
        onBadImage: ({ index, error }: BadImage) => {
          bad.add(index);
          progress.line(describeBad(error));
        },
      }),
    });
    const report = showRate(() => source.size - bad.size, progress);
    const outputs = await modelOutputs(model, source, { report, mirror: options.flip }).finally(() =>
      source.close(),
    );
    if (outputs.images === 0) throw someBad(bad.size, source.size);
    const usable = { ...dataset, images: dataset.images.filter((_, index) => !bad.has(index)) };
    const result = await use(model, outputs, usable);
    if (bad.size > 0) throw someBad(bad.size, source.size);
    return result;
  } finally {
    model.dispose();
  }
}

function showRate(images: () => number, progress: Progress): (done: number) => void {
  const start = performance.now();
  return (done) => {
    const total = images();
    const rate = done / ((performance.now() - start) / 1000);
    progress.update({
      label: 'scoring',
      done,
      total,
      rate: `${rate.toFixed(0)} images/s`,
      secondsLeft: (total - done) / rate,
    });
  };
}
