import type { BatchSource, Loss } from '@polytag/core';
import type { MultiLabelModel } from '@polytag/model';
import type { ReplicaModule } from '../replicas/replica-module.js';
import type { SearchFolder } from '../run-folder/run-folder.js';
import type { RateSearchInput } from '../settings/rate-search-settings.js';
import type { TrainingSettings, TrainingSettingsInput } from '../settings/training-settings.js';
import type { SearchEvent } from './search-event.js';

/** What a search shares with the run that it is for. */
export interface FindLearningRateOptions {
  /** Has its weights back afterwards. */
  readonly model: MultiLabelModel;
  readonly loss: Loss;
  readonly train: BatchSource;
  /** Trials are compared on it: a search by trials needs it. */
  readonly validation?: BatchSource;
  /** How another thread builds the same model and loss, for trials with replicas. */
  readonly replica?: ReplicaModule;
  /** The run's. Decides the rates that are tried, too. */
  readonly seed: number;
  /** Stops the search; what it has found is kept. */
  readonly signal?: AbortSignal;
  readonly settings: TrainingSettings;
  /** Where the search keeps what it finds: `search.json`, and a run folder for each trial. */
  readonly folder: string;
  /** Called once nothing can be refused any more, before the first step; not for a search that is over. */
  readonly onStart?: () => void | Promise<void>;
  readonly report?: (event: SearchEvent) => void;
}

/** Input of `findLearningRate`, where settings with defaults may be left out. */
export type FindLearningRateInput = Omit<FindLearningRateOptions, 'settings' | 'folder'> & {
  /** Folder of the search: a path, or that of the plan of an opened run folder. */
  readonly folder: string | SearchFolder;
  readonly settings?: TrainingSettingsInput;
  readonly search: RateSearchInput;
  /** Whether to continue the search in `folder`. Default false. Ignored if `folder` belongs to a plan. */
  readonly resume?: boolean;
};
