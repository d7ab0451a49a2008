import { memoryKeeper, type ModelFolderFiles } from '../run-folder/memory-keeper.js';
import type { FitResult, RunOptions } from './fit-options.js';
import { checkedStart, runWith } from './run.js';

/** What a run in memory gives. */
export interface MemoryFitResult extends Omit<FitResult, 'bestFolder'> {
  /** The model folder with the best weights, file by file, as `filesOfModel` of @polytag/model gives it. */
  readonly bestFiles: ModelFolderFiles;
}

/**
 * Trains a model as `fit` does, with the same numbers, on this thread and without a run folder: for pages. Nothing is kept of
 * a run that is stopped.
 *
 * @throws those of `fit`, but for those of its run folder
 */
export async function fitInMemory(options: RunOptions): Promise<MemoryFitResult> {
  const start = checkedStart(options);
  try {
    const keeper = memoryKeeper();
    const { epochs, steps, metrics, best, stopped } = await runWith(keeper, options, start);
    return { epochs, steps, metrics, best, ...(stopped && { stopped }), bestFiles: keeper.best! };
  } finally {
    start.models.forEach(({ optimiser }) => optimiser.dispose());
  }
}
