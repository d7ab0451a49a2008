import type { BatchSource, Loss } from '@polytag/core';
import type { EvaluatedScores } from '@polytag/evaluation';
import type { Evaluation } from '@polytag/metrics';
import type { MultiLabelModel } from '@polytag/model';
import type { ReplicaModule } from '../replicas/replica-module.js';
import type { ShareTrainer } from '../rounds/round.js';
import type { EpochMetrics } from '../run-folder/metrics-log.js';
import type { RunFolder } from '../run-folder/run-folder.js';
import type { BestWeights, StopReason } from '../selection/selection.js';
import type { TrainingSettingsInput } from '../settings/training-settings.js';
import type { MetricsSink } from '../sinks/metrics-sink.js';
import type { FitEvent } from './fit-event.js';
import type { AuxiliaryModel } from './trainable-models.js';

export interface FitOptions {
  /** Model to train, in place: afterwards it has the weights of the last step. */
  readonly model: MultiLabelModel;
  /** Models in mutual learning with it (Zhang et al., 2018). Default: none. */
  readonly auxiliary?: readonly AuxiliaryModel[];
  /** Loss of all models, each with its own scale. */
  readonly loss: Loss;
  /** Images, or feature maps (`cacheFeatures`) on which only the head is trained. */
  readonly train: BatchSource;
  /** Without it nothing is evaluated, and the last weights count as the best. */
  readonly validation?: BatchSource;
  /** Module that builds the same model and loss on another thread. Required if `settings.replicas` is more than 1. */
  readonly replica?: ReplicaModule;
  /** Has shares of rounds trained. Needed where `settings.machines` is set. */
  readonly shares?: ShareTrainer;
  /** See `trainingSettingsSchema`. */
  readonly settings?: TrainingSettingsInput;
  /** The run folder: its path, or an opened one (`openRunFolder`) if you need its plan. */
  readonly folder: string | RunFolder;
  /** Seed of model and sources. Resume with the same one. */
  readonly seed: number;
  /**
   * Whether to continue the run in `folder` from its latest checkpoint, or from the start if there is none. Default
   * false. Ignored if `folder` is an opened folder, which has a plan.
   */
  readonly resume?: boolean;
  /** Called after all checks, before the first step. */
  readonly onStart?: () => void | Promise<void>;
  readonly report?: (event: FitEvent) => void;
  /** Receivers of the metrics besides `metrics.jsonl`, e.g. `tensorboardSink(folder)`. */
  readonly sinks?: readonly MetricsSink[];
  /** Creates the README.md of `best/` from the scores of its weights. Default: a short text without scores. */
  readonly card?: (evaluation: Evaluation) => string;
  /** Called with the outputs and scores on the validation images whenever `best/` was replaced. */
  readonly onBest?: (evaluated: EvaluatedScores) => void | Promise<void>;
  /** When aborted, `fit` finishes the step, saves and throws. */
  readonly signal?: AbortSignal;
}

/** Settings of a run, wherever it is stored. */
export type RunOptions = Omit<FitOptions, 'folder' | 'resume'>;

export interface FitResult {
  readonly epochs: number;
  readonly steps: number;
  /** One entry per epoch, the lines of `metrics.jsonl`. */
  readonly metrics: readonly EpochMetrics[];
  /** Absent if nothing was evaluated. */
  readonly best?: BestWeights;
  /** Why the run ended before its last epoch. */
  readonly stopped?: StopReason;
  /** Model folder with the best weights. */
  readonly bestFolder: string;
}
