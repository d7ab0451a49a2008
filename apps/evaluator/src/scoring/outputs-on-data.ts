import { Progress, type Streams } from '@polytag/cli';
import { openLoader, readAnnotations, type AnnotatedDataset } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { modelOutputs, type ModelOutputs } from '@polytag/training';
import type { DataOptions } from '../commands/data-options.js';
import { checkLabels } from './check-labels.js';

/**
 * Runs a model folder on the images of a label file, with progress, and hands all three to `use`; the model is freed then.
 * A row of the outputs is an image of the data set, in its order.
 *
 * @throws DataError `data/labels-differ`, and those of `useEngine`, `readAnnotations`, `loadModel` and the loader
 */
export async function withOutputs<Result>(
  options: DataOptions,
  streams: Streams,
  use: (model: MultiLabelModel, outputs: ModelOutputs, dataset: AnnotatedDataset) => Promise<Result>,
): Promise<Result> {
  await useEngine(options.engine);
  const dataset = await readAnnotations(options.data, {
    unknownLabels: options.ignoreUnknownLabels ? 'ignore' : 'error',
  });
  const model = await loadModel(options.model, { allowModules: options.allowModules });
  try {
    checkLabels(model, options.model, dataset);
    const source = openLoader(dataset, {
      preprocessing: model.preprocessing,
      batchSize: options.batch,
      workers: options.workers,
      cacheBytes: 0,
    });
    const progress = showRate(source.size, new Progress(streams.err));
    const outputs = await modelOutputs(model, source, { report: progress }).finally(() => source.close());
    return await use(model, outputs, dataset);
  } finally {
    model.dispose();
  }
}

function showRate(total: number, progress: Progress): (done: number) => void {
  const start = performance.now();
  return (done) => {
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
