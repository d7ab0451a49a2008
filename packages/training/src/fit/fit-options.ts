import type { BatchSource, Loss } from '@polytag/core';
import type { EvaluatedScores } from '@polytag/evaluation';
import type { Evaluation } from '@polytag/metrics';
import type { MultiLabelModel } from '@polytag/model';
import type { ReplicaModule } from '../replicas/replica-module.js';
import type { EpochMetrics } from '../run-folder/metrics-log.js';
import type { RunFolder } from '../run-folder/run-folder.js';
import type { BestWeights } from '../selection/best-weights.js';
import type { StopReason } from '../selection/early-stopping.js';
import type { TrainingSettingsInput } from '../settings/training-settings.js';
import type { MetricsSink } from '../sinks/metrics-sink.js';
import type { FitEvent } from './fit-event.js';
import type { AuxiliaryModel } from './trainable-models.js';

export interface FitOptions {
  /** Trained in place: afterwards it has the weights of the last step. */
  readonly model: MultiLabelModel;
  /** Models that learn with it, each from the others: mutual learning (Zhang et al., 2018). Default: none. */
  readonly auxiliary?: readonly AuxiliaryModel[];
  /** Of all models, each with its own scale. */
  readonly loss: Loss;
  /** Images; or feature maps (`cacheFeatures`), of which the head learns while the backbone is frozen. */
  readonly train: BatchSource;
  /** Without it nothing is evaluated, and the last weights count as the best. */
  readonly validation?: BatchSource;
  /** How another thread builds the same model and loss. Needed where `settings.replicas` is more than 1. */
  readonly replica?: ReplicaModule;
  /** See `trainingSettingsSchema`. */
  readonly settings?: TrainingSettingsInput;
  /** The run folder: its path, or the opened one where the caller depends on its plan too (`openRunFolder`). */
  readonly folder: string | RunFolder;
  /** The seed that model and sources were made with: a run is resumed with the same one. */
  readonly seed: number;
  /**
   * Continue the run in `folder` from its latest checkpoint, or from the start if it died before the first. Default
   * false. Not asked where `folder` is opened: it has a plan.
   */
  readonly resume?: boolean;
  /** Called once nothing can be refused any more, before the first step. */
  readonly onStart?: () => void | Promise<void>;
  readonly report?: (event: FitEvent) => void;
  /** Where the figures go besides `metrics.jsonl`, e.g. `tensorboardSink(folder)`. */
  readonly sinks?: readonly MetricsSink[];
  /** Writes the README.md of `best/` from the scores of its weights. Default: a short text without scores. */
  readonly card?: (evaluation: Evaluation) => string;
  /** Called with the outputs on the validation images and their scores, each time that `best/` was replaced. */
  readonly onBest?: (evaluated: EvaluatedScores) => void | Promise<void>;
  /** When it fires, `fit` finishes the step, saves and throws. */
  readonly signal?: AbortSignal;
}

/** What a run is, wherever it is kept. */
export type RunOptions = Omit<FitOptions, 'folder' | 'resume'>;

export interface FitResult {
  readonly epochs: number;
  readonly steps: number;
  /** One entry an epoch, the lines of `metrics.jsonl`. */
  readonly metrics: readonly EpochMetrics[];
  /** Absent when nothing was evaluated. */
  readonly best?: BestWeights;
  /** Why the run ended before its last epoch. */
  readonly stopped?: StopReason;
  /** The model folder with the best weights. */
  readonly bestFolder: string;
}
