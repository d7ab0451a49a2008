import type { MultiLabelModel } from '@polytag/model';
import type { RunState } from './checkpoint.js';
import type { RunIdentity } from './identity.js';
import type { DamagedLog, EpochMetrics } from './metrics-log.js';
import type { Progress } from './progress.js';
import type { ResumePlan } from './run-folder.js';

/** Where a run keeps what it comes to: in a run folder, or in memory. */
export interface RunKeeper {
  /** How the run starts. */
  readonly plan: ResumePlan;
  /** The lines of its epochs so far. */
  readonly lines: readonly EpochMetrics[];
  /** Where the model with the best weights is. */
  readonly bestFolder: string;
  /**
   * Puts the state of the plan's checkpoint where training left it.
   *
   * @returns undefined where the plan has none
   * @throws UsageError `usage/resume-differs`; CheckpointError
   */
  restore(state: RunState, identity: RunIdentity): Promise<Progress | undefined>;
  /** Forgets lines after so many epochs; tells which of them are lost. */
  truncateLog(epochs: number): Promise<DamagedLog | undefined>;
  append(line: EpochMetrics): Promise<void>;
  /**
   * @param epoch a checkpoint that stays, after this epoch; default: the latest, which takes the place of the one before
   * @returns where it is
   */
  saveCheckpoint(state: RunState, identity: RunIdentity, progress: Progress, epoch?: number): Promise<string>;
  saveBest(model: MultiLabelModel, card?: string): Promise<void>;
  /** @param index of the auxiliary model, from 1 */
  saveAuxiliary(model: MultiLabelModel, index: number): Promise<void>;
}
