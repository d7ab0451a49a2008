import { InterruptedError } from '@polytag/core';
import { evaluateKeepingScores, type EvaluatedScores } from '@polytag/evaluation';
import type { RunState } from '../run-folder/checkpoint.js';
import type { EpochMetrics } from '../run-folder/metrics-log.js';
import { countStep, initialEpoch, initialProgress, type Progress } from '../run-folder/progress.js';
import { betterWeights, compareScore } from '../selection/selection.js';
import { flushSinks } from '../sinks/metrics-sink.js';
import { roundSteps } from '../rounds/round-steps.js';
import { runPredictor, type TrainableModel } from '../step/trainable-model.js';
import { assertFiniteWeights } from './divergence.js';
import type { FitResult } from './fit-options.js';
import { ownSteps } from './own-steps.js';
import { StepEvents } from './reporting.js';
import { runIdentity } from './resolve-settings.js';
import type { RunParts } from './run-parts.js';
import { modelsOf } from './trainable-models.js';

/**
 * One training run, from its first or its resumed step to its last: resume or begin; in each epoch a step for each
 * batch; evaluate, select the best weights, save; stop.
 *
 * @throws those of `fit`
 */
export async function trainLoop(run: RunParts): Promise<FitResult> {
  const { options, keeper, settings, models, report } = run;
  const { train, signal } = options;
  const { epochs, microBatch, machines, checkpointEvery, keepEvery } = settings;
  const totalSteps = epochs * train.batchesPerEpoch;
  const parameters = modelsOf(options).flatMap((model) => model.parameters);
  const identity = runIdentity(options, settings);
  const stepEvents = new StepEvents(totalSteps);

  const save = async (keptEpoch?: number): Promise<void> => {
    await assertFiniteWeights(parameters, progress);
    const folder = await keeper.saveCheckpoint(stateOf(run), identity, progress, keptEpoch);
    await flushSinks(options.sinks);
    await options.shares?.saved?.();
    report({ kind: 'checkpoint', epoch: progress.epoch, step: progress.step, folder });
  };

  // ---- Resume or begin ---------------------------------------------------------------------------------------------
  const progress: Progress = initialProgress();
  const restored = await keeper.restore(stateOf(run), identity);
  if (restored) {
    Object.assign(progress, restored);
    models.forEach(({ schedule }, i) => {
      const state = progress.schedules?.[i];
      if (state) schedule.memory?.restore(state);
    });
  }
  await options.onStart?.();
  // Also of a run that starts: its log says that there is one, and holds no line of one that died.
  const damaged = await keeper.truncateLog(progress.epoch);
  if (damaged) report({ kind: 'damaged-log', ...damaged });
  report({
    kind: 'started',
    epoch: progress.epoch,
    step: progress.step,
    totalSteps,
    replicas: settings.replicas,
    microBatch,
  });

  try {
    while (progress.epoch < epochs && !progress.stopped) {
      throwIfAborted(signal);

      // ---- Train: a step for each batch that is left of the epoch, here or by rounds elsewhere ---------------------
      const { epoch } = progress;
      const advances = machines
        ? roundSteps(run, progress, machines, options.shares!)
        : ownSteps(run, progress);
      for await (const { steps, images, seconds } of advances) {
        const before = progress.step;
        for (const done of steps) {
          const cost = { images, seconds: seconds / steps.length };
          countStep(progress, done, cost);
          const mutual = models.length > 1 ? done.mutual : undefined;
          report(stepEvents.next({ epoch: epoch + 1, step: progress.step }, { ...done, mutual }, cost));
        }
        const multiples = (step: number) => Math.floor(step / checkpointEvery);
        if (checkpointEvery > 0 && multiples(progress.step) > multiples(before)) await save();
        throwIfAborted(signal);
      }
      await assertFiniteWeights(parameters, progress);

      // ---- Evaluate, select, log -----------------------------------------------------------------------------------
      const scores = await evaluateEpoch(run, progress);
      const line = lineOf(run, progress, scores);
      await keeper.append(line);
      observeScores(models, progress, line);

      // ---- Save, then stop or go on. The checkpoint comes last: a run that dies before it repeats the epoch's end --
      Object.assign(progress, initialEpoch(epoch + 1));
      if (scores.stopped) progress.stopped = scores.stopped;
      if (keepEvery > 0 && progress.epoch % keepEvery === 0) await save(progress.epoch);
      await save();
      if (scores.stopped) report({ kind: 'stopped', epoch: progress.epoch, reason: scores.stopped });
    }
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    await save();
    throw new InterruptedError(
      error.code,
      `Training was stopped after step ${progress.step} of ${totalSteps} and saved.`,
      { hint: 'Continue it with --resume.', cause: error },
    );
  }
  return {
    epochs: progress.epoch,
    steps: progress.step,
    metrics: keeper.lines,
    best: progress.best,
    ...(progress.stopped && { stopped: progress.stopped }),
    bestFolder: keeper.bestFolder,
  };
}

/** What an evaluation adds to the line of its epoch. */
type EpochScores = Partial<
  Omit<EpochMetrics, 'epoch' | 'step' | 'loss' | 'mutual' | 'skipped' | 'learningRate' | 'secondsTrain'>
>;

/**
 * Evaluates the model's own and its averaged weights, keeps the better ones when they are the best so far, and decides
 * whether the run stops early. Auxiliary models are evaluated and saved once, at the end
 * (docs/method.md#mutual-learning).
 */
async function evaluateEpoch(run: RunParts, progress: Progress): Promise<EpochScores> {
  const { options, models, ema, report } = run;
  const { model, validation } = options;
  const { epochs, evaluateEvery, earlyStopping } = run.settings;
  const epoch = progress.epoch + 1;
  const isLast = epoch === epochs;
  if (!validation) {
    // The last weights count as the best.
    if (isLast) {
      await run.keeper.saveBest(model);
      await finishAuxiliary(run);
    }
    return {};
  }
  if (epoch % evaluateEvery !== 0 && !isLast) return {};
  const start = performance.now();
  const own = await evaluateModel(run, 0);
  const averaged = await ema?.inModel(() => evaluateModel(run, 0));

  const candidate = betterWeights(epoch, own.evaluation, averaged?.evaluation);
  const { state, isBest, stop } = compareScore(progress.stopping, candidate.mAP, {
    patience: earlyStopping ? earlyStopping.patience : Infinity,
    warmUpFinished: models[0].schedule.warmUpFinished(progress.step),
  });
  progress.stopping = state;
  const stopped = earlyStopping && !isLast ? stop : undefined;
  if (isBest) {
    progress.best = candidate;
    const keep = async (best: EvaluatedScores) => {
      await run.keeper.saveBest(model, options.card?.(best.evaluation));
      await options.onBest?.(best);
    };
    await (candidate.weights === 'ema' ? ema!.inModel(() => keep(averaged!)) : keep(own));
  }

  const auxiliary = isLast || stopped ? await finishAuxiliary(run) : [];
  const scores = {
    mAP: own.evaluation.mAP,
    mAPOccurring: own.evaluation.mAPOccurring,
    ...(averaged && {
      mAPEma: averaged.evaluation.mAP,
      mAPEmaOccurring: averaged.evaluation.mAPOccurring,
    }),
    ...(auxiliary.length > 0 && {
      mAPAuxiliary: auxiliary.map(({ evaluation }) => evaluation.mAP),
      mAPAuxiliaryOccurring: auxiliary.map(({ evaluation }) => evaluation.mAPOccurring),
    }),
  };
  const seconds = (performance.now() - start) / 1000;
  report({ kind: 'evaluated', epoch, ...scores, seconds, best: progress.best! });
  return { ...scores, best: isBest, ...(stopped && { stopped }), secondsEvaluate: seconds };
}

/** A model of the run (0: the main one) on the validation images, with the weights that it has, on all replicas. */
function evaluateModel({ options, settings, replicas }: RunParts, index: number): Promise<EvaluatedScores> {
  const { model: main, validation, signal } = options;
  const model = modelsOf(options)[index];
  return evaluateKeepingScores(model, validation!, {
    signal,
    makePredictor: () =>
      replicas?.predictor(index) ?? runPredictor(model, validation!.kind, main, settings.microBatch),
  });
}

/** Evaluates auxiliary models, where there are validation images, and saves them in the run folder. */
async function finishAuxiliary(run: RunParts): Promise<EvaluatedScores[]> {
  const evaluated: EvaluatedScores[] = [];
  for (const [index, model] of modelsOf(run.options).entries()) {
    if (index === 0) continue;
    if (run.options.validation) evaluated.push(await evaluateModel(run, index));
    await run.keeper.saveAuxiliary(model, index);
  }
  return evaluated;
}

/** The line of an epoch in `metrics.jsonl`. */
function lineOf({ settings, models }: RunParts, progress: Progress, scores: EpochScores): EpochMetrics {
  const { mAP, mAPEma, stopped, secondsEvaluate, ...others } = scores;
  return {
    epoch: progress.epoch + 1,
    step: progress.step,
    loss: progress.lossSum / progress.batch,
    ...(models.length > 1 && { mutual: progress.mutualSum / progress.batch }),
    ...(progress.skipped > 0 && { skipped: progress.skipped }),
    learningRate: settings.learningRate * models[0].schedule.at(progress.step - 1).factor,
    mAP,
    mAPEma,
    ...others,
    stopped,
    secondsTrain: progress.seconds,
    imagesPerSecond: progress.images / progress.seconds,
    secondsEvaluate,
  };
}

/** Schedules that look at scores see those of the epoch. What they remember goes into the checkpoint. */
function observeScores(
  models: readonly TrainableModel[],
  progress: Progress,
  { loss, mAP, mAPEma }: EpochMetrics,
): void {
  progress.schedules = models.map(({ schedule: { memory } }) => {
    memory?.observe({ loss, mAP: mAP && Math.max(mAP, mAPEma ?? 0) }, progress.step);
    return memory?.state ?? null;
  });
}

/** What a checkpoint holds of the models. */
function stateOf({ options, models, ema }: RunParts): RunState {
  const [main, ...auxiliary] = modelsOf(options).map(({ parameters }, i) => ({
    parameters,
    optimiser: models[i].optimiser,
  }));
  return { ...main, ema, auxiliary };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError('training/interrupted', 'Training was stopped.');
}
