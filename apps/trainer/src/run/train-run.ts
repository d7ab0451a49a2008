import { basename, isAbsolute, join } from 'node:path';
import type { Progress } from '@polytag/cli';
import type { Loss } from '@polytag/core';
import { assertSameLabels, openLoader, readAnnotations, type AnnotatedDataset } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { composes, resolvePart, type MultiLabelModel } from '@polytag/model';
import type { Evaluation } from '@polytag/metrics';
import { evaluationReport, modelCard } from '@polytag/report';
import { fit, tensorboardSink, type FitResult } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';
import { buildModels } from './build-models.js';
import { drawScenes } from './draw-scenes.js';
import { checkRunFolder, withReplicaCount, writeRunConfig } from './run-folder-config.js';
import { showEvents } from './show-events.js';

export interface TrainRunOptions {
  /** Run folder. */
  readonly folder: string;
  /** What errors call the config, e.g. its file name. */
  readonly source: string;
  /** Folder of the config file: packages that it names are searched from here. */
  readonly baseFolder: string;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly out: NodeJS.WritableStream;
}

/** Trains what a config describes: parts, data, model, weights, loop. */
export async function trainRun(given: RunConfig, options: TrainRunOptions): Promise<FitResult> {
  const { progress, folder, resume, source, baseFolder } = options;
  const config = await withReplicaCount(given, folder, resume);
  const place = { source, baseFolder };
  // What cannot work is refused before any data is read.
  await checkRunFolder(folder, config, resume);
  const { part: loss } = await resolvePart('loss', config.loss, place);
  for (const { head, backbone } of [config.model, ...config.mutual.models]) {
    composes((await resolvePart('head', head, place)).part, loss);
    await resolvePart('backbone', backbone, place);
  }
  await useEngine(config.engine);

  const { train, validation } = await readData(config, progress);
  const { models, replica } = await buildModels(config, train, options);
  const [model, ...others] = models;
  const loader = {
    preprocessing: model.preprocessing,
    workers: config.data.workers,
    prefetchBatches: config.data.prefetchBatches,
  };
  const { batchSize, ...settings } = config.training;
  const trainSource = openLoader(train, {
    ...loader,
    batchSize,
    shuffle: { seed: config.seed },
    flipProbability: config.data.flip,
    augment: config.data.augment,
    dropLast: true,
  });
  const validationSource = validation && openLoader(validation, { ...loader, batchSize });
  const show = showEvents(config.training.epochs, progress);
  try {
    const result = await fit({
      model,
      auxiliary: others.map((other, i) => ({
        model: other,
        settings: config.mutual.models[i].training,
      })),
      loss,
      train: trainSource,
      validation: validationSource,
      replica,
      settings,
      folder,
      seed: config.seed,
      resume,
      signal: options.signal,
      sinks: config.log.tensorboard ? [tensorboardSink(join(folder, 'tensorboard'))] : [],
      card: (evaluation) => cardOf(config, model, loss, evaluation),
      report: (event) => {
        // The run folder says what made it: the config with every default and `--set` in it.
        if (event.kind === 'started') writeRunConfig(folder, config);
        show(event);
      },
    });
    showResult(result, options.out);
    return result;
  } finally {
    await trainSource.close();
    await validationSource?.close();
    models.forEach((one) => one.dispose());
  }
}

async function readData(
  { data }: RunConfig,
  progress: Progress,
): Promise<{ train: AnnotatedDataset; validation?: AnnotatedDataset }> {
  await drawScenes(data, progress);
  const read = (file: string) =>
    readAnnotations(isAbsolute(file) ? file : join(data.root, file), { unknownLabels: data.unknownLabels });
  const train = await read(data.train);
  progress.line(`training on ${train.images.length} images with ${train.labels.size} labels (${data.root})`);
  const withoutLabels = train.images.filter(({ labels }) => labels.length === 0).length;
  if (withoutLabels > 0) progress.line(`  ${withoutLabels} of them have no label: all-negative images`);
  if (data.val === null) return { train };
  const validation = await read(data.val);
  assertSameLabels(train, validation);
  return { train, validation };
}

/** The README.md of the model folder, with the validation scores of its weights. */
function cardOf({ data }: RunConfig, model: MultiLabelModel, loss: Loss, evaluation: Evaluation): string {
  const { backbone, head, labels, outputSpace, scale, preprocessing, parameters } = model;
  const name = `${backbone.name} with ${head.name} head`;
  const set = basename(data.root);
  return modelCard({
    name,
    backbone: backbone.name,
    head: head.name,
    loss: loss.name,
    space: outputSpace,
    scale,
    labels: labels.names,
    preprocessing,
    parameters: parameters.reduce(
      (sum, { variable, buffer }) => sum + (buffer ? 0 : sizeOf(variable.shape)),
      0,
    ),
    trainedOn: `${set}/${data.train}`,
    evaluations: [evaluationReport(evaluation, { model: name, dataSet: `${set}/${data.val}` })],
  });
}

const sizeOf = (shape: readonly (number | null)[]) => shape.reduce<number>((size, n) => size * (n ?? 1), 1);

function showResult({ best, bestFolder, metrics }: FitResult, out: NodeJS.WritableStream): void {
  const last = metrics.at(-1);
  if (best) {
    const which = best.weights === 'ema' ? 'averaged weights' : 'plain weights';
    out.write(`best mAP ${(100 * best.mAP).toFixed(2)} % (epoch ${best.epoch}, ${which})\n`);
  }
  if (last)
    out.write(`last epoch: ${last.secondsTrain.toFixed(1)} s, ${last.imagesPerSecond.toFixed(0)} images/s\n`);
  out.write(`model: ${bestFolder}\n`);
}
