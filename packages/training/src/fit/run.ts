import { tensor2d, tensor4d, type Tensor2D } from '@tensorflow/tfjs-core';
import { join } from 'node:path';
import { locateFolder } from '@polytag/checkpoints';
import { DivergenceError, InterruptedError, type Batch } from '@polytag/core';
import { squaredNorm } from '@polytag/engine';
import type { Evaluation } from '@polytag/metrics';
import { saveModel } from '@polytag/model';
import { judgeScore } from '../early-stopping/early-stopping.js';
import { WeightAverage } from '../ema/weight-average.js';
import { evaluate } from '../evaluation/evaluate.js';
import { parameterGroups, variableOf } from '../groups/parameter-groups.js';
import type { BoundOptimiser } from '../optimisers/optimiser.js';
import {
  epochCheckpoint,
  lastCheckpoint,
  readCheckpoint,
  restoreCheckpoint,
  saveCheckpoint,
  type RunIdentity,
} from '../run-folder/checkpoint.js';
import { checkIdentity } from '../run-folder/identity.js';
import { MetricsLog, type EpochMetrics } from '../run-folder/metrics-log.js';
import { beginning, type Progress } from '../run-folder/progress.js';
import type { Replicas } from '../replicas/replicas.js';
import type { Schedule } from '../schedules/schedule.js';
import { flushSinks } from '../sinks/metrics-sink.js';
import { optimiserFrom, scheduleFrom } from '../settings/from-settings.js';
import type { TrainingSettings } from '../settings/training-settings.js';
import { trainStep, type Learner } from '../step/train-step.js';
import { chooseBest } from './choose-best.js';
import type { FitEvent } from './fit-event.js';
import type { FitOptions, FitResult } from './fit.js';
import { Pace } from './pace.js';

const LOWER_THE_RATE =
  'Lower training.learningRate, or set training.clipGradient. What was saved before is kept.';

/** Settings in which `auto` has become a number. */
export type ResolvedSettings = TrainingSettings & { readonly replicas: number };

/** What an evaluation adds to the line of its epoch. */
type Judged = Pick<EpochMetrics, 'mAP' | 'mAPEma' | 'best' | 'stopped' | 'secondsEvaluate'>;

/** One training run, from its first or its resumed step to its last. */
export class Run {
  readonly #options: FitOptions;
  readonly #settings: ResolvedSettings;
  readonly #identity: RunIdentity;
  readonly #totalSteps: number;
  readonly #schedule: Schedule;
  readonly #optimiser: BoundOptimiser;
  readonly #average?: WeightAverage;
  readonly #learner: Learner;
  readonly #replicas?: Replicas;
  readonly #log: MetricsLog;
  readonly #pace = new Pace();
  #progress: Progress = beginning();

  /** @param replicas those that help this thread; they stay the caller's */
  constructor(options: FitOptions, settings: ResolvedSettings, replicas?: Replicas) {
    const { model, train } = options;
    this.#options = options;
    this.#settings = settings;
    this.#replicas = replicas;
    this.#identity = identityOf(options, settings);
    this.#totalSteps = settings.epochs * train.batchesPerEpoch;
    this.#schedule = scheduleFrom(settings, train.batchesPerEpoch);
    this.#optimiser = optimiserFrom(settings).bind(parameterGroups(model.parameters, settings));
    this.#average = settings.ema ? new WeightAverage(model.parameters, settings.ema.decay) : undefined;
    this.#log = new MetricsLog(options.folder);
    this.#learner = {
      forward: (images, call) => model.network.apply(images, call) as Tensor2D,
      scale: model.scale,
      optimiser: this.#optimiser,
      clipGradient: settings.clipGradient,
    };
  }

  async toTheEnd(): Promise<FitResult> {
    if (this.#options.resume) await this.#resume();
    const progress = this.#progress;
    this.#report({
      kind: 'started',
      epoch: progress.epoch,
      step: progress.step,
      totalSteps: this.#totalSteps,
    });
    try {
      while (progress.epoch < this.#settings.epochs && !progress.stopped) {
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
    this.#optimiser.dispose();
    this.#average?.dispose();
  }

  async #resume(): Promise<void> {
    const { folder } = this.#options;
    if ((await locateFolder(lastCheckpoint(folder))) === undefined) return;
    const checkpoint = await readCheckpoint(folder);
    checkIdentity(folder, checkpoint.identity, this.#identity);
    await restoreCheckpoint(checkpoint, this.#state);
    this.#progress = checkpoint.progress;
    if (checkpoint.progress.schedule) this.#schedule.memory?.restore(checkpoint.progress.schedule);
    await this.#log.truncate(checkpoint.progress.epoch);
  }

  async #trainEpoch(): Promise<void> {
    const { train } = this.#options;
    const progress = this.#progress;
    if (progress.batch === train.batchesPerEpoch) return;
    let start = performance.now();
    for await (const batch of train.epoch(progress.epoch, { fromBatch: progress.batch })) {
      await this.#step(batch, start);
      const { checkpointEvery } = this.#settings;
      if (checkpointEvery > 0 && progress.step % checkpointEvery === 0) await this.#save();
      if (this.#options.signal?.aborted)
        throw new InterruptedError('training/interrupted', 'Training was stopped.');
      start = performance.now();
    }
  }

  /** Batch to tensors, one step of the optimiser, weight average. `start`: when waiting for the batch began. */
  async #step(batch: Batch, start: number): Promise<void> {
    const { loss, model } = this.#options;
    const { reduction, learningRate: peak } = this.#settings;
    const progress = this.#progress;
    const { factor, momentum } = this.#schedule.at(progress.step);
    const learningRate = peak * factor;
    const { own, ...division } = this.#replicas?.divide(batch, progress.step) ?? { own: batch };
    const images = tensor4d(own.images, [own.size, own.height, own.width, 3]);
    const targets = tensor2d(own.targets, [own.size, model.labels.size]);
    try {
      const rates = [{ learningRate, momentum }];
      const [done] = await trainStep([this.#learner], {
        images,
        targets,
        loss,
        reduction,
        step: progress.step,
        rates,
        ...division,
      });
      this.#average?.update();
      const seconds = (performance.now() - start) / 1000;
      progress.batch++;
      progress.step++;
      progress.lossSum += done.loss;
      progress.images += batch.size;
      progress.seconds += seconds;
      this.#pace.add(seconds, batch.size);
      this.#report({
        kind: 'step',
        epoch: progress.epoch + 1,
        step: progress.step,
        totalSteps: this.#totalSteps,
        loss: done.loss,
        gradientNorm: done.gradientNorm,
        learningRate,
        imagesPerSecond: this.#pace.imagesPerSecond,
        secondsLeft: this.#pace.secondsFor(this.#totalSteps - progress.step),
      });
    } catch (error) {
      throw error instanceof DivergenceError ? this.#diverged(error) : error;
    } finally {
      images.dispose();
      targets.dispose();
    }
  }

  /** Judges the model's own and its averaged weights and keeps the better ones when they are the best so far. */
  async #evaluateEpoch(): Promise<Judged> {
    const { model, validation } = this.#options;
    const { epochs, evaluateEvery } = this.#settings;
    const progress = this.#progress;
    const epoch = progress.epoch + 1;
    if (!validation) {
      if (epoch === epochs) await saveModel(model, this.#bestFolder);
      return {};
    }
    if (epoch % evaluateEvery !== 0 && epoch !== epochs) return {};
    const start = performance.now();
    const judge = () =>
      evaluate(model, validation, {
        signal: this.#options.signal,
        makePredictor: this.#replicas && (() => this.#replicas!.predictor()),
      });
    const main = await judge();
    const averaged = await this.#average?.inModel(judge);
    const { mAP } = main;
    const mAPEma = averaged?.mAP;
    const { earlyStopping } = this.#settings;
    const { candidate, isBest } = chooseBest(epoch, mAP, mAPEma, progress.best);
    const { state, stop } = judgeScore(progress.stopping, candidate.mAP, {
      patience: earlyStopping ? earlyStopping.patience : Infinity,
      warmUpFinished: this.#schedule.warmUpFinished(progress.step),
    });
    progress.stopping = state;
    const stopped = earlyStopping && epoch < epochs ? stop : undefined;
    if (isBest) {
      progress.best = candidate;
      const keep = (evaluation: Evaluation) =>
        saveModel(model, this.#bestFolder, { card: this.#options.card?.(evaluation) });
      await (candidate.weights === 'ema' ? this.#average!.inModel(() => keep(averaged!)) : keep(main));
    }
    const seconds = (performance.now() - start) / 1000;
    this.#report({ kind: 'evaluated', epoch, mAP, mAPEma, seconds, best: progress.best! });
    return {
      mAP,
      ...(mAPEma !== undefined && { mAPEma }),
      best: isBest,
      ...(stopped && { stopped }),
      secondsEvaluate: seconds,
    };
  }

  /** Logs the epoch and saves. The checkpoint comes last: a run that dies before it repeats the epoch's end. */
  async #finishEpoch(judged: Judged): Promise<void> {
    const progress = this.#progress;
    const { mAP, mAPEma, best, stopped, secondsEvaluate } = judged;
    const { factor } = this.#schedule.at(progress.step - 1);
    const loss = progress.lossSum / progress.batch;
    await this.#log.append({
      epoch: progress.epoch + 1,
      step: progress.step,
      loss,
      learningRate: this.#settings.learningRate * factor,
      mAP,
      mAPEma,
      best,
      stopped,
      secondsTrain: progress.seconds,
      imagesPerSecond: progress.images / progress.seconds,
      secondsEvaluate,
    });
    const { memory } = this.#schedule;
    if (memory) {
      memory.observe({ loss, mAP: mAP && Math.max(mAP, mAPEma ?? 0) }, progress.step);
      progress.schedule = memory.state;
    }
    Object.assign(progress, { epoch: progress.epoch + 1, batch: 0, lossSum: 0, images: 0, seconds: 0 });
    if (stopped) progress.stopped = stopped;
    const { keepEvery } = this.#settings;
    if (keepEvery > 0 && progress.epoch % keepEvery === 0) await this.#save(epochCheckpoint);
    await this.#save();
    if (stopped) this.#report({ kind: 'stopped', epoch: progress.epoch, reason: stopped });
  }

  async #save(place: (folder: string, epoch: number) => string = lastCheckpoint): Promise<void> {
    const { epoch, step } = this.#progress;
    const folder = place(this.#options.folder, epoch);
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
    const norm = await squaredNorm(this.#options.model.parameters.map(variableOf));
    if (Number.isFinite(norm)) return;
    const { epoch, step } = this.#progress;
    throw new DivergenceError(
      'training/diverged',
      `Epoch ${epoch + 1}: after step ${step} the weights are no longer finite.`,
      { hint: LOWER_THE_RATE },
    );
  }

  #diverged(cause: DivergenceError): DivergenceError {
    const { epoch, batch } = this.#progress;
    return new DivergenceError(cause.code, `Epoch ${epoch + 1}, batch ${batch + 1}: ${cause.message}`, {
      hint: LOWER_THE_RATE,
      cause,
    });
  }

  get #state() {
    return { parameters: this.#options.model.parameters, average: this.#average, optimiser: this.#optimiser };
  }

  get #bestFolder(): string {
    return join(this.#options.folder, 'best');
  }

  #report(event: FitEvent): void {
    this.#options.report?.(event);
  }
}

/** What a run must be resumed with. Only how often it is saved may change. */
function identityOf({ model, loss, train, seed }: FitOptions, settings: TrainingSettings): RunIdentity {
  return {
    training: { ...settings, checkpointEvery: 'any', keepEvery: 'any' },
    seed,
    loss: loss.name,
    scale: model.scale,
    labels: model.labels.names,
    images: train.size,
    batchesPerEpoch: train.batchesPerEpoch,
  };
}
