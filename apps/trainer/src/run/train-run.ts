import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Loss, printable, shellWord } from '@polytag/core';
import { evaluateKeepingScores, type EvaluatedScores } from '@polytag/evaluation';
import { loadWeights, type MultiLabelModel } from '@polytag/model';
import type { Evaluation } from '@polytag/metrics';
import { evaluationReport, modelCard } from '@polytag/report';
import {
  fit,
  ROUNDS_FOLDER,
  withRunFolder,
  type FitEvent,
  type FitResult,
  type RunFolder,
  type ShareTrainer,
} from '@polytag/training';
import { loopSettings, type RunConfig } from '../config/run-config.js';
import { openJobs, type JobPlace } from '../jobs/open-jobs.js';
import { shareFeatures } from '../jobs/share-features.js';
import { refuseMachines } from '../rounds/refuse-machines.js';
import { ShareJobs } from '../rounds/share-jobs.js';
import { writeSkipped } from './bad-images.js';
import { findRate, foundRate } from './find-rate.js';
import { featureFolder } from './feature-folder.js';
import { loadParts } from './load-parts.js';
import { prepareRun, type PreparedRun } from './prepare-run.js';
import { configFor, keepFormerConfig, writeRunConfig } from './run-config-file.js';
import type { RunContext, RunTarget } from './run-context.js';
import { drawScenes, type RunData } from './run-data.js';
import { RunReport } from './run-report.js';
import { runSinks } from './run-sinks.js';
import { bestLines, showEvents } from './show-events.js';

export interface TrainRunOptions {
  /** Data that the caller has read, and whose images it has checked. Default: what the config names. */
  readonly data?: RunData;
  /**
   * Where the shares of rounds are trained (`training.machines`), and features computed. Default: such shares are refused,
   * and features are computed here.
   */
  readonly place?: JobPlace;
  /** Told what the loop does, beside the person. */
  readonly onEvent?: (event: FitEvent) => void;
  /** Given the run when it has ended, before its models and sources are freed. */
  readonly onTrained?: (run: PreparedRun, result: FitResult) => Promise<void>;
}

/** A run that has ended. */
export interface TrainedRun extends FitResult {
  /** Its report; absent where nothing was scored. */
  readonly page?: string;
}

/** Trains what a config describes: parts, data, model, weights, a search for the learning rate, loop. */
export async function trainRun(
  given: RunConfig,
  target: RunTarget,
  context: RunContext,
  { data, place, onEvent, onTrained }: TrainRunOptions = {},
): Promise<TrainedRun> {
  // What cannot work is refused before the folder is made or any data is read.
  const loss = await loadParts(given, context);
  if (!place) refuseMachines(given, 'this command');
  const { resume } = target;
  const search = given.training.findLearningRate !== false;
  return withRunFolder(target.folder, { resume, search }, async (folder) => {
    const settled = await configFor(folder, given);
    await computeFeaturesAsJobs(settled, folder, place, context);
    const run = await prepareRun(settled, loss, folder, context, data);
    try {
      const config = await findRate(settled, run, folder, context);
      if (folder.plan.kind === 'search')
        context.progress.line(`${foundRate(config)}, found in ${folder.plan.search.path}`);
      const trained = await withShares(config, { run, folder, place }, context, (shares) =>
        train(config, { ...run, shares }, folder, context, onEvent),
      );
      await onTrained?.(run, trained);
      return trained;
    } finally {
      await run.close();
    }
  });
}

/** Has workers, or processes of this machine, compute the features that a run caches. It finds them then. */
async function computeFeaturesAsJobs(
  config: RunConfig,
  { path, plan }: RunFolder,
  place: JobPlace | undefined,
  context: RunContext,
): Promise<void> {
  const { features } = config.training;
  // A run that goes on has what it needs, or computes what was lost.
  if ((place?.queue ?? place?.parallel) === undefined || !features || plan.kind === 'continue') return;
  await drawScenes(config.data, context.progress);
  const own = join(path, ROUNDS_FOLDER);
  const jobs = await openJobs(place!, own, config.training, context);
  const training = { ...config.training, features: { ...features, cache: featureFolder(features, path) } };
  try {
    await shareFeatures([{ ...config, training }], jobs, context);
  } finally {
    await jobs.executor.close();
  }
  await rm(own, { recursive: true, force: true });
}

/** Opens what trains the shares of rounds, where the config asks for it, and clears up after a run that has ended. */
async function withShares(
  config: RunConfig,
  {
    run,
    folder,
    place,
  }: { readonly run: PreparedRun; readonly folder: RunFolder; readonly place?: JobPlace },
  context: RunContext,
  train: (shares?: ShareTrainer) => Promise<TrainedRun>,
): Promise<TrainedRun> {
  const { machines } = config.training;
  if (!machines || !place) return train();
  const own = join(folder.path, ROUNDS_FOLDER);
  const { executor, store } = await openJobs(place, own, config.training, context);
  try {
    const shares = new ShareJobs({
      executor,
      store,
      config,
      folder: folder.path,
      without: run.skipped.train,
      shares: machines.shares,
      progress: context.progress,
    });
    const trained = await train(shares);
    await shares.finish();
    await rm(own, { recursive: true, force: true });
    return trained;
  } finally {
    await executor.close();
  }
}

async function train(
  config: RunConfig,
  run: PreparedRun & { readonly shares?: ShareTrainer },
  folder: RunFolder,
  { signal, progress }: RunContext,
  onEvent?: (event: FitEvent) => void,
): Promise<TrainedRun> {
  const { model, auxiliary, loss, replica, shares, validationImages } = run;
  const report = validationImages && new RunReport(folder.path, validationImages, run.trainImages);
  const show = showEvents(config.training.epochs, progress);
  const result = await fit({
    model,
    auxiliary,
    loss,
    train: run.train,
    validation: run.validation,
    replica,
    shares,
    settings: loopSettings(config.training),
    folder,
    seed: config.seed,
    signal,
    sinks: await runSinks(config, folder.path, run.trainImages),
    card: (evaluation) => cardOf(config, model, loss, evaluation),
    async onStart() {
      // The run folder says what made it: the config with every default, `--set` and the found rate in it.
      if (folder.plan.kind !== 'continue') await keepFormerConfig(folder.path, config);
      await writeRunConfig(folder.path, config);
      await writeSkipped(folder.path, run.skipped);
    },
    onBest: (best) => report?.take(best),
    report: (event) => {
      show(event);
      onEvent?.(event);
    },
  }).catch(async (error: unknown) => {
    // A run that was stopped shows what it reached; what ended it is told, not what its page could not be written for.
    await report?.write().catch(() => undefined);
    throw error;
  });
  if (report && result.best && report.isMissing()) {
    progress.line('evaluating the best weights for the report');
    await report.take(await scoresOfBest(run, result.bestFolder, signal));
  }
  return { ...result, page: await report?.write() };
}

/** Of a run that has gone on after its best epoch, whose scores went with the process that found them. */
async function scoresOfBest(
  { model, validation }: PreparedRun,
  bestFolder: string,
  signal: AbortSignal | undefined,
): Promise<EvaluatedScores> {
  await loadWeights(model, join(bestFolder, 'model.safetensors'), { expect: 'all' });
  return evaluateKeepingScores(model, validation!, { signal });
}

/** The README.md of the model folder, with the validation scores of its weights. */
function cardOf({ data }: RunConfig, model: MultiLabelModel, loss: Loss, evaluation: Evaluation): string {
  const { backbone, head, labels, outputSpace, scale, preprocessing } = model;
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
    parameters: model.summarise().parameters,
    trainedOn: `${set}/${data.train}`,
    evaluations: [evaluationReport(evaluation, { model: name, dataSet: `${set}/${data.val}` })],
  });
}

/** Writes what a run has reached, and where. */
export function showResult(
  { best, bestFolder, metrics, page }: TrainedRun,
  out: NodeJS.WritableStream,
): void {
  const last = metrics.at(-1);
  if (best) out.write(bestLines(best));
  if (last)
    out.write(`last epoch: ${last.secondsTrain.toFixed(1)} s, ${last.imagesPerSecond.toFixed(0)} images/s\n`);
  out.write(`model: ${printable(bestFolder, Infinity)}\n`);
  if (page) out.write(`report: ${printable(page, Infinity)}\n`);
  out.write(`next: npx polytag-eval predict PHOTO.jpg --model ${shellWord(bestFolder)}\n`);
}
