import { Progress, type Streams } from '@polytag/cli';
import {
  assertSomethingKnown,
  openLoader,
  readLabelFile,
  type LabelledDataset,
  type BadImage,
} from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import {
  loadModel,
  type ExplainOptions,
  type HeatMap,
  type KnownTraining,
  type MultiLabelModel,
} from '@polytag/model';
import { modelOutputs, type LabellingModel, type ModelOutputs, type Predictor } from '@polytag/evaluation';
import { meanScores } from '../onnx/mean-scores.js';
import { assertThreads, onnxPredictor, openOnnx } from '../onnx/open-onnx.js';
import type { DataOptions, EngineChoice } from '../options.js';
import { describeBad, someBad } from './bad-images.js';
import { checkLabels } from './check-labels.js';
import type { FittedWithFlip } from './flip-warning.js';
import { trainedOnWarnings } from './trained-on.js';

/**
 * Runs a model folder on the images of a label file, with progress, and hands all three to `use`; the model is freed then.
 * A row of the outputs is an image of the data set, in its order. Images that cannot be used are named and left out of both;
 * when `use` is done they are an error. Images that the model was trained on are told.
 *
 * @throws DataError `data/labels-differ`; `data/bad-images` after all; and those of `useEngine`, `readLabelFile`, `loadModel` and the loader
 */
export async function withOutputs<Result>(
  options: DataOptions & { readonly flip?: boolean },
  streams: Streams,
  use: (model: MultiLabelModel, outputs: ModelOutputs, dataset: LabelledDataset) => Promise<Result>,
): Promise<Result> {
  const open = async () => {
    await useEngine(options.engine);
    const model = await loadModel(options.model, { allowModules: options.allowModules });
    return { model, close: async () => model.dispose() };
  };
  return runOnData(open, options, streams, use);
}

/** What makes decisions of outputs, whatever computes these. */
export type ScoringModel = Pick<MultiLabelModel, 'labels' | 'preprocessing' | 'thresholds' | 'scores'>;

/** What scoring a data set needs of a model. */
export interface ModelOnData extends ScoringModel, KnownTraining, Omit<FittedWithFlip, 'thresholds'> {
  /** Not of an exported model. */
  readonly explain?: (path: string, options: ExplainOptions) => Promise<HeatMap[]>;
}

export type ScoringOptions = Omit<DataOptions, 'engine'> & {
  readonly engine: EngineChoice;
  readonly threads?: number;
  readonly flip?: boolean;
};

/** As {@link withOutputs}, where scores are all that is wanted: also of an exported model, whose outputs are scores. */
export async function withScoringOutputs<Result>(
  { engine, threads, ...options }: ScoringOptions,
  streams: Streams,
  use: (model: ModelOnData, outputs: ModelOutputs, dataset: LabelledDataset) => Promise<Result>,
): Promise<Result> {
  assertThreads(engine, threads);
  if (engine !== 'onnx') return withOutputs({ ...options, engine }, streams, use);
  const open = async () => {
    const onnx = await openOnnx({ ...options, threads });
    const { labels, preprocessing, thresholds } = onnx;
    return {
      model: { labels, preprocessing, thresholds, scores: meanScores },
      makePredictor: () => onnxPredictor(onnx),
      close: () => onnx.close(),
    };
  };
  return runOnData(open, options, streams, use);
}

interface Opened<Model> {
  readonly model: Model;
  readonly makePredictor?: () => Predictor;
  close(): Promise<void>;
}

async function runOnData<Model extends LabellingModel & ModelOnData, Result>(
  open: () => Promise<Opened<Model>>,
  options: Omit<DataOptions, 'engine'> & { readonly flip?: boolean },
  streams: Streams,
  use: (model: Model, outputs: ModelOutputs, dataset: LabelledDataset) => Promise<Result>,
): Promise<Result> {
  const dataset = await readLabelFile(options.data, {
    unknownLabels: options.ignoreUnknownLabels ? 'ignore' : 'error',
    missingImages: options.strict ? 'error' : 'keep',
  });
  const { model, makePredictor, close } = await open();
  try {
    checkLabels(model, options.model, dataset);
    assertSomethingKnown(dataset);
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
    const outputs = await modelOutputs(model, source, {
      report,
      mirror: options.flip,
      makePredictor,
    }).finally(() => source.close());
    if (outputs.images === 0) throw someBad(bad.size, source.size);
    const usable = {
      ...dataset,
      images: dataset.images.filter((_, index) => !bad.has(index)),
    };
    const warnings = await trainedOnWarnings(model, usable);
    const result = await use(model, outputs, usable);
    // At the end: above a long table nobody sees it.
    for (const line of warnings) progress.line(line);
    if (bad.size > 0) throw someBad(bad.size, source.size);
    return result;
  } finally {
    await close();
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
