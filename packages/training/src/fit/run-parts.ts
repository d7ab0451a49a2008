import type { WeightEma } from '../optimisers/weight-ema.js';
import type { Replicas } from '../replicas/replicas.js';
import type { RunKeeper } from '../run-folder/run-keeper.js';
import type { TrainableModel } from '../step/trainable-model.js';
import type { FitEvent } from './fit-event.js';
import type { RunOptions } from './fit-options.js';
import type { ResolvedSettings } from './resolve-settings.js';

/** What a run is made of. The caller frees it. */
export interface RunParts {
  readonly options: RunOptions;
  /** It has the plan by which the run starts. */
  readonly keeper: RunKeeper;
  readonly settings: ResolvedSettings;
  /** The main model first, then those that learn with it. */
  readonly models: readonly TrainableModel[];
  /** The averaged weights of the main model. Absent without EMA. */
  readonly ema?: WeightEma;
  /** Threads that help this one. */
  readonly replicas?: Replicas;
  readonly report: (event: FitEvent) => void;
}
