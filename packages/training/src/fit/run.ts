import { join } from 'node:path';
import {
  checkedBatches,
  DivergenceError,
  InterruptedError,
  notFiniteIn,
  PartError,
  type Batch,
  type PolytagError,
} from '@polytag/core';
import { squaredNorm } from '@polytag/engine';
import { saveModel } from '@polytag/model';
import { variableOf } from '@polytag/layers';
import { judgeScore } from '../early-stopping/early-stopping.js';
import { WeightEma } from '../optimisers/weight-ema.js';
import type { EvaluatedScores } from '@polytag/evaluation';
import { isFrozen } from '../freezing/freezing.js';
import {
  epochCheckpoint,
  lastCheckpoint,
  restoreCheckpoint,
  saveCheckpoint,
  type Checkpoint,
} from '../run-folder/checkpoint.js';
import { assertSameIdentity, type RunIdentity } from '../run-folder/identity.js';
import { MetricsLog, type EpochMetrics } from '../run-folder/metrics-log.js';
import { countStep, initialEpoch, initialProgress, type Progress } from '../run-folder/progress.js';
import type { RunFolder } from '../run-folder/run-folder.js';
import type { Replicas } from '../replicas/replicas.js';
import { mayDifferOnResume } from '../settings/training-settings.js';
import { flushSinks } from '../sinks/metrics-sink.js';
import { trainStep } from '../step/train-step.js';
import { chooseBest } from './choose-best.js';
import type { FitEvent } from './fit-event.js';
import type { FitOptions, FitResult } from './fit.js';
import { Judge } from './judge.js';
import type { TrainableModel } from '../step/trainable-model.js';
import { Pace } from './pace.js';
import type { ResolvedSettings } from './resolve-settings.js';
import { modelsOf } from './trainable-models.js';
import { runIdentity } from './run-identity.js';
import { checkSkipped } from './skipped-steps.js';

const LOWER_THE_RATE =
  'Lower training.learningRate, or set training.clipGradient. What was saved before is kept.';

/** What `fit` makes for a run, and frees after it. */
export interface RunParts {
  readonly folder: RunFolder;
  /** The main model's first. */
  readonly models: readonly TrainableModel[];
  /** Those that help this thread. */
  readonly replicas?: Replicas;
}

/** What an evaluation adds to the line of its epoch. */
type Judged = Omit<
  EpochMetrics,
  'epoch' | 'step' | 'loss' | 'mutual' | 'skipped' | 'learningRate' | 'secondsTrain' | 'imagesPerSecond'
>;

/** One training run, from its first or its resumed step to its last. */
export class Run {
  readonly #options: FitOptions;
  readonly #settings: ResolvedSettings;
  readonly #identity: RunIdentity;
  readonly #totalSteps: number;
  readonly #average?: WeightEma;
  readonly #models: readonly TrainableModel[];
  readonly #replicas?: Replicas;
  readonly #folder: RunFolder;
  readonly #judge: Judge;
  readonly #log: MetricsLog;
  readonly #pace = new Pace();
  #progress: Progress = initialProgress();

  /** @param parts stay the caller's */
  constructor(options: FitOptions, settings: ResolvedSettings, parts: RunParts) {
    const { model, train } = options;
    this.#options = options;
    this.#settings = settings;
    this.#models = parts.models;
    this.#replicas = parts.replicas;
    this.#folder = parts.folder;
    this.#identity = runIdentity(options, settings);
    this.#judge = new Judge(options, parts, settings.microBatch);
    this.#totalSteps = settings.epochs * train.batchesPerEpoch;
    // An average of what never moves would only gather rounding.
    const { always } = parts.models[0].freezing;
    const learning = model.parameters.filter(({ key }) => !isFrozen(always, key));
    this.#average = settings.ema ? new WeightEma(learning, settings.ema.decay) : undefined;
    this.#log = new MetricsLog(parts.folder.path);
  }

  async toTheEnd(): Promise<FitResult> {
    const { plan } = this.#folder;
    if (plan.kind === 'continue') await this.#resume(plan.checkpoint);
    await this.#options.onStart?.();
    // Also of a run that starts: its log says that there is one, and holds no line of one that died.
    await this.#log.truncate(this.#progress.epoch);
    const progress = this.#progress;
    const { replicas, microBatch } = this.#settings;
    this.#report({
      kind: 'started',
      epoch: progress.epoch,
      step: progress.step,
      totalSteps: this.#totalSteps,
      ...{ replicas, microBatch },
    });
    try {
      while (progress.epoch < this.#settings.epochs && !progress.stopped) {
        this.#checkSignal();
        await this.#trainEpoch();
        await this.#checkWeights();
        await this.#finishEpoch(await this.#evaluateEpoch());
      }
    } catch (error) {
      throw error instanceof InterruptedError ? await this.#interrupted(error) : error;
    }
    const bestFolder = this.#bestFolder;
    return {
      epochs: progress.epoch,
      steps: progress.step,
      metrics: this.#log.lines,
      best: progress.best,
      ...(progress.stopped && { stopped: progress.stopped }),
      bestFolder,
    };
  }

  dispose(): void {
    this.#average?.dispose();
  }

  async #resume(checkpoint: Checkpoint): Promise<void> {
    const mayDiffer = mayDifferOnResume.map((key) => `training.${key}`);
    assertSameIdentity(this.#folder.path, checkpoint.identity, this.#identity, { mayDiffer });
    await restoreCheckpoint(checkpoint, this.#state);
    this.#progress = { ...initialProgress(), ...checkpoint.progress };
    this.#models.forEach(({ schedule }, i) => {
      const state = checkpoint.progress.schedules?.[i];
      if (state) schedule.memory?.restore(state);
    });
  }

  async #trainEpoch(): Promise<void> {
    const { train } = this.#options;
    const progress = this.#progress;
    if (progress.batch === train.batchesPerEpoch) return;
    let start = performance.now();
    const { epoch, batch: fromBatch } = progress;
    for await (const batch of checkedBatches(train, { role: 'training', epoch, fromBatch })) {
      await this.#step(batch, start);
      const { checkpointEvery } = this.#settings;
      if (checkpointEvery > 0 && progress.step % checkpointEvery === 0) await this.#save();
      this.#checkSignal();
      start = performance.now();
    }
  }

  #checkSignal(): void {
    if (this.#options.signal?.aborted)
      throw new InterruptedError('training/interrupted', 'Training was stopped.');
  }

  /** One step of the optimiser on a batch, and of the weight average. `start`: when waiting for the batch began. */
  async #step(batch: Batch, start: number): Promise<void> {
    const { loss } = this.#options;
    const { reduction, learningRate, microBatch } = this.#settings;
    const progress = this.#progress;
    const { epoch, step } = progress;
    try {
      const [done] = await trainStep(this.#models, batch, {
        loss,
        reduction,
        learningRate,
        epoch,
        step,
        microBatch,
        replicas: this.#replicas,
      });
      if (!done.skipped) this.#average?.update();
      const seconds = (performance.now() - start) / 1000;
      checkSkipped(progress, done);
      countStep(progress, done, { images: batch.shape[0], seconds });
      this.#pace.add(seconds, batch.shape[0]);
      this.#report({
        kind: 'step',
        epoch: progress.epoch + 1,
        step: progress.step,
        totalSteps: this.#totalSteps,
        loss: done.loss,
        ...(this.#isMutual && { mutual: done.mutual }),
        ...{ gradientNorm: done.gradientNorm, skipped: done.skipped },
        learningRate: done.learningRate,
        imagesPerSecond: this.#pace.imagesPerSecond,
        secondsLeft: this.#pace.secondsFor(this.#totalSteps - progress.step),
      });
    } catch (error) {
      throw error instanceof DivergenceError ? this.#diverged(error, batch) : error;
    }
  }

  /** Judges the model's own and its averaged weights and keeps the better ones when they are the best so far. */
  async #evaluateEpoch(): Promise<Judged> {
    const { model, validation } = this.#options;
    const { epochs, evaluateEvery } = this.#settings;
    const progress = this.#progress;
    const epoch = progress.epoch + 1;
    if (!validation) {
      if (epoch !== epochs) return {};
      await saveModel(model, this.#bestFolder);
      await this.#judge.finishAuxiliary();
      return {};
    }
    if (epoch % evaluateEvery !== 0 && epoch !== epochs) return {};
    const start = performance.now();
    const main = await this.#judge.main(validation);
    const averaged = await this.#average?.inModel(() => this.#judge.main(validation));
    const { earlyStopping } = this.#settings;
    const { candidate, isBest } = chooseBest(epoch, main.evaluation, averaged?.evaluation, progress.best);
    const { state, stop } = judgeScore(progress.stopping, candidate.mAP, {
      patience: earlyStopping ? earlyStopping.patience : Infinity,
      warmUpFinished: this.#models[0].schedule.warmUpFinished(progress.step),
    });
    progress.stopping = state;
    const stopped = earlyStopping && epoch < epochs ? stop : undefined;
    if (isBest) {
      progress.best = candidate;
      const { card, onBest } = this.#options;
      const keep = async (judged: EvaluatedScores) => {
        await saveModel(model, this.#bestFolder, { card: card?.(judged.evaluation) });
        await onBest?.(judged);
      };
      await (candidate.weights === 'ema' ? this.#average!.inModel(() => keep(averaged!)) : keep(main));
    }
    const auxiliary = epoch === epochs || stopped ? await this.#judge.finishAuxiliary(validation) : [];
    const scores = {
      mAP: main.evaluation.mAP,
      mAPOccurring: main.evaluation.mAPOccurring,
      ...(averaged && {
        mAPEma: averaged.evaluation.mAP,
        mAPEmaOccurring: averaged.evaluation.mAPOccurring,
      }),
      ...(auxiliary.length > 0 && {
        mAPAuxiliary: auxiliary.map(({ mAP }) => mAP),
        mAPAuxiliaryOccurring: auxiliary.map(({ mAPOccurring }) => mAPOccurring),
      }),
    };
    const seconds = (performance.now() - start) / 1000;
    this.#report({ kind: 'evaluated', epoch, ...scores, seconds, best: progress.best! });
    return { ...scores, best: isBest, ...(stopped && { stopped }), secondsEvaluate: seconds };
  }

  /** Logs the epoch and saves. The checkpoint comes last: a run that dies before it repeats the epoch's end. */
  async #finishEpoch(judged: Judged): Promise<void> {
    const progress = this.#progress;
    const { mAP, mAPEma, stopped, secondsEvaluate, ...scores } = judged;
    const { factor } = this.#models[0].schedule.at(progress.step - 1);
    const loss = progress.lossSum / progress.batch;
    await this.#log.append({
      epoch: progress.epoch + 1,
      step: progress.step,
      loss,
      ...(this.#isMutual && { mutual: progress.mutualSum / progress.batch }),
      ...(progress.skipped > 0 && { skipped: progress.skipped }),
      learningRate: this.#settings.learningRate * factor,
      mAP,
      mAPEma,
      ...scores,
      stopped,
      secondsTrain: progress.seconds,
      imagesPerSecond: progress.images / progress.seconds,
      secondsEvaluate,
    });
    progress.schedules = this.#models.map(({ schedule: { memory } }) => {
      memory?.observe({ loss, mAP: mAP && Math.max(mAP, mAPEma ?? 0) }, progress.step);
      return memory?.state ?? null;
    });
    Object.assign(progress, initialEpoch(progress.epoch + 1));
    if (stopped) progress.stopped = stopped;
    const { keepEvery } = this.#settings;
    if (keepEvery > 0 && progress.epoch % keepEvery === 0) await this.#save(epochCheckpoint);
    await this.#save();
    if (stopped) this.#report({ kind: 'stopped', epoch: progress.epoch, reason: stopped });
  }

  async #save(place: (folder: string, epoch: number) => string = lastCheckpoint): Promise<void> {
    const { epoch, step } = this.#progress;
    const folder = place(this.#folder.path, epoch);
    await this.#checkWeights();
    await saveCheckpoint(folder, this.#state, this.#identity, this.#progress);
    await flushSinks(this.#options.sinks);
    this.#report({ kind: 'checkpoint', epoch, step, folder });
  }

  async #interrupted(cause: InterruptedError): Promise<InterruptedError> {
    await this.#save();
    const { step } = this.#progress;
    return new InterruptedError(
      cause.code,
      `Training was stopped after step ${step} of ${this.#totalSteps} and saved.`,
      {
        hint: 'Continue it with --resume.',
        cause,
      },
    );
  }

  /** Loss and gradient are checked before an update; what the update made of the weights, before they are kept. */
  async #checkWeights(): Promise<void> {
    const norm = await squaredNorm(
      modelsOf(this.#options).flatMap(({ parameters }) => parameters.map(variableOf)),
    );
    if (Number.isFinite(norm)) return;
    const { epoch, step } = this.#progress;
    throw new DivergenceError(
      'training/diverged',
      `Epoch ${epoch + 1}: after step ${step} the weights are no longer finite.`,
      { hint: LOWER_THE_RATE },
    );
  }

  #diverged(cause: DivergenceError, given: Batch): PolytagError {
    const { epoch, batch } = this.#progress;
    const bad = notFiniteIn(given);
    if (bad !== undefined) {
      throw new PartError(
        'part/batch',
        `Epoch ${epoch + 1}, batch ${batch + 1} of the training batch source: ${bad}.`,
        {
          hint: 'Give finite pixels and targets: no rate of learning helps here. What was saved before is kept.',
          cause,
        },
      );
    }
    return new DivergenceError(cause.code, `Epoch ${epoch + 1}, batch ${batch + 1}: ${cause.message}`, {
      hint: LOWER_THE_RATE,
      cause,
    });
  }

  get #state() {
    const [main, ...auxiliary] = modelsOf(this.#options).map(({ parameters }, i) => ({
      parameters,
      optimiser: this.#models[i].optimiser,
    }));
    return { ...main, ema: this.#average, auxiliary };
  }

  get #isMutual(): boolean {
    return this.#models.length > 1;
  }

  get #bestFolder(): string {
    return join(this.#folder.path, 'best');
  }

  #report(event: FitEvent): void {
    this.#options.report?.(event);
  }
}
