import { UsageError } from '@polytag/core';
import type { ImageDecoder, ListedImage } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import {
  modelDigest,
  openReplicas,
  runImages,
  type ImageNetwork,
  type ModelDigestOptions,
  type NetworkRow,
  type RunNetworkOptions,
} from '@polytag/evaluation';
import { loadModel, type HeatMap, type MultiLabelModel } from '@polytag/model';
import type { OnnxModel } from '@polytag/onnx-runtime';
import { meanScores } from '../onnx/mean-scores.js';
import { assertThreads, onnxDigest, onnxNetwork, openOnnx } from '../onnx/open-onnx.js';
import type { EngineChoice } from '../options.js';
import { flipWarnings } from '../scoring/flip-warning.js';
import type { ScoringModel } from '../scoring/outputs-on-data.js';

/** What predicting in bulk, and serving, needs of a model, whatever computes. */
export interface PredictingModel extends ScoringModel {
  /** Batches that can be computed at once. */
  readonly lanes: number;
  /** What computes its outputs, for callers that make batches themselves. Close it before the model. */
  network(options?: NetworkOptions): ImageNetwork;
  /**
   * Rows of outputs, which `scores` makes probabilities of.
   *
   * @param decoder one that is open already, for several lists one after the other
   */
  run<Item extends ListedImage>(
    items: AsyncIterable<Item>,
    decoder?: ImageDecoder,
  ): AsyncGenerator<NetworkRow<Item>[], void, undefined>;
  /** What is to be said of its decisions, a line each. */
  readonly warnings: readonly string[];
  /** Where in a photograph labels were seen; undefined of an exported model. */
  readonly explains?: {
    readonly kind: HeatMap['kind'];
    explain(path: string, labels: readonly string[]): Promise<HeatMap[]>;
  };
  /** A hash of all that scores and decisions depend on. */
  digest(options?: ModelDigestOptions): Promise<string>;
  close(): Promise<void>;
}

export interface NetworkOptions {
  /** Batches at once. Default: `lanes`. */
  readonly lanes?: number;
  /** A single copy has a thread of its own too, where a tensor engine computes. Default false. */
  readonly apart?: boolean;
}

export type PredictingOptions = Omit<RunNetworkOptions, 'mirror'> & {
  /** Runs the network on mirror images as well. */
  readonly flip?: boolean;
  /** Whether the command has `--flip`. Default true. */
  readonly canFlip?: boolean;
  readonly engine: EngineChoice;
  readonly threads?: number;
  /** Of every label, in place of the model's own. */
  readonly threshold?: number;
};

/** @throws UsageError `usage/invalid`, and those of `useEngine`, `loadModel` and `loadOnnx` */
export async function openPredictingModel({
  engine,
  threads,
  ...options
}: PredictingOptions): Promise<PredictingModel> {
  assertThreads(engine, threads);
  if (engine === 'onnx') return exportedModel({ ...options, threads });
  await useEngine(engine);
  const { allowModules, flip, canFlip, maxPixels, workers, replicas = 1 } = options;
  const model = await loadModel(options.model, { allowModules });
  const { thresholdsFlip, calibration } = model;
  const own = options.threshold === undefined ? model.thresholds : undefined;
  const warnings = flipWarnings({ thresholds: own, thresholdsFlip, calibration }, flip, canFlip);
  decideBy(model, options.threshold);
  const { labels, preprocessing } = model;
  const start = { folder: options.model, allowModules, results: ['outputs'] } as const;
  const network = ({ lanes = replicas, apart }: NetworkOptions = {}) =>
    openReplicas(model, { ...start, count: lanes, apart });
  return {
    labels,
    preprocessing,
    thresholds: model.thresholds,
    warnings,
    scores: (outputs, mirrored) => model.scores(outputs, mirrored),
    lanes: replicas,
    network,
    run: (items, decoder) =>
      runImages((lanes) => network({ lanes }), items, {
        preprocessing,
        lanes: replicas,
        maxPixels,
        workers,
        mirror: flip,
        decoder,
      }),
    explains: {
      kind: model.heatMaps?.kind ?? 'gradients',
      explain: (path, labels) => model.explain(path, { labels, maxPixels }),
    },
    digest: (digestOptions) => modelDigest(model, digestOptions),
    close: async () => model.dispose(),
  };
}

async function exportedModel(options: Omit<PredictingOptions, 'engine'>): Promise<PredictingModel> {
  const { replicas = 1, maxPixels, workers, flip } = options;
  if (replicas > 1) {
    throw new UsageError(
      'usage/invalid',
      '--replicas does not work with --engine onnx, which uses threads.',
      {
        hint: 'Use --threads instead.',
      },
    );
  }
  const model = await openOnnx(options);
  decideBy(model, options.threshold);
  const { labels, preprocessing } = model;
  const network = () => onnxNetwork(model);
  return {
    labels,
    preprocessing,
    thresholds: model.thresholds,
    warnings: [],
    scores: meanScores,
    lanes: 1,
    network,
    run: (items, decoder) =>
      runImages(network, items, { preprocessing, lanes: 1, maxPixels, workers, mirror: flip, decoder }),
    digest: (digestOptions) => onnxDigest(model, options.model, digestOptions),
    close: () => model.close(),
  };
}

function decideBy(model: MultiLabelModel | OnnxModel, threshold: number | undefined): void {
  if (threshold !== undefined) model.thresholds = model.labels.names.map(() => threshold);
}
