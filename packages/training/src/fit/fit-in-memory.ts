import { memoryKeeper, type ModelFolderFiles } from '../run-folder/memory-keeper.js';
import type { FitResult, RunOptions } from './fit-options.js';
import { checkedStart, runWith } from './run.js';

/** Result of a run in memory. */
export interface MemoryFitResult extends Omit<FitResult, 'bestFolder'> {
  /** The model folder with the best weights, file by file, as from `filesOfModel` of @polytag/model. */
  readonly bestFiles: ModelFolderFiles;
}

/**
 * Trains a model like `fit`, with the same results, on this thread and without a run folder. For browsers. A stopped
 * run is lost.
 *
 * @throws as `fit`, except for errors of its run folder
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
