import { basename } from 'node:path';
import type { Progress } from '@polytag/cli';
import { type Loss, printable } from '@polytag/core';
import type { MultiLabelModel } from '@polytag/model';
import type { Evaluation } from '@polytag/metrics';
import { evaluationReport, modelCard } from '@polytag/report';
import { fit, runExists, type FitResult } from '@polytag/training';
import { loopSettings, type RunConfig } from '../config/run-config.js';
import { writeSkipped } from './bad-images.js';
import { findRate, foundRate, searchFolder, withFoundRate } from './find-rate.js';
import { prepareRun } from './prepare-run.js';
import { checkRunFolder, withReplicaCount, writeRunConfig } from './run-folder-config.js';
import { RunReport } from './run-report.js';
import { runSinks } from './run-sinks.js';
import { bestLines, showEvents } from './show-events.js';
import { weightCount } from './weight-count.js';

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

/** Trains what a config describes: parts, data, model, weights, a search for the learning rate, loop. */
export async function trainRun(given: RunConfig, options: TrainRunOptions): Promise<FitResult> {
  const { progress, folder, resume } = options;
  const counted = await withReplicaCount(given, folder, resume);
  // What cannot work is refused before any data is read.
  const { config: known, begun } = await withFoundRate(counted, folder, resume);
  await checkRunFolder(folder, known, resume);
  const run = await prepareRun(known, options);
  try {
    // Once the run has begun its rate is known, whatever has become of the search.
    const searches = known.training.findLearningRate && !(resume && (await runExists(folder)));
    const config = searches
      ? await findRate(known, run, { ...options, folder: searchFolder(folder), resume: begun })
      : known;
    if (searches) progress.line(`${foundRate(config)}, found in ${searchFolder(folder)}`);
    const settings = loopSettings(config.training);
    const { model, loss, train, validation, auxiliary, replica } = run;
    const show = showEvents(settings.epochs, progress);
    const report = run.validationImages && new RunReport(folder, run.validationImages, model.scale);
    const result = await fit({
      ...{ model, auxiliary, loss, train, validation, replica, settings, folder },
      seed: config.seed,
      // A run that was stopped while its rate was searched has not begun.
      resume: resume && !searches,
      signal: options.signal,
      sinks: await runSinks(config, folder, run.trainImages),
      card: (evaluation) => cardOf(config, model, loss, evaluation),
      onBest: (judged) => report?.take(judged),
      report: (event) => {
        // The run folder says what made it: the config with every default, `--set` and the found rate in it.
        if (event.kind === 'started') {
          writeRunConfig(folder, config);
          writeSkipped(folder, run.skipped);
        }
        show(event);
      },
    }).catch(async (error: unknown) => {
      // A run that was stopped shows what it reached; what ended it is told, not what its page could not be written for.
      await report?.write().catch(() => undefined);
      throw error;
    });
    showResult(result, await report?.write(), options.out);
    return result;
  } finally {
    await run.close();
  }
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
    parameters: weightCount(model),
    trainedOn: `${set}/${data.train}`,
    evaluations: [evaluationReport(evaluation, { model: name, dataSet: `${set}/${data.val}` })],
  });
}

function showResult(
  { best, bestFolder, metrics }: FitResult,
  page: string | undefined,
  out: NodeJS.WritableStream,
): void {
  const last = metrics.at(-1);
  if (best) out.write(bestLines(best));
  if (last)
    out.write(`last epoch: ${last.secondsTrain.toFixed(1)} s, ${last.imagesPerSecond.toFixed(0)} images/s\n`);
  out.write(`model: ${printable(bestFolder, Infinity)}\n`);
  if (page) out.write(`report: ${printable(page, Infinity)}\n`);
}
