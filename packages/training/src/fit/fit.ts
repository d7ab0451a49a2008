import { replicaCount } from '../replicas/replica-count.js';
import { startReplicas } from '../replicas/start-replicas.js';
import { folderKeeper } from '../run-folder/folder-keeper.js';
import { withRunFolder } from '../run-folder/run-folder.js';
import type { FitOptions, FitResult, RunOptions } from './fit-options.js';
import { checkedStart, runWith } from './run.js';

/**
 * Trains a model and stores the run in a folder: `metrics.jsonl`, `checkpoints/last/`, `best/`, and after training any
 * auxiliary models in `auxiliary/1/` and so on. All randomness depends only on seed, epoch, batch and step, so a
 * resumed run gives the same results as an uninterrupted one.
 *
 * @throws UsageError `usage/run-exists`, `usage/no-checkpoint`, `usage/resume-differs`, `usage/run-locked`,
 * `usage/foreign-folder`, `usage/space-mismatch`, `usage/replica-module`, `usage/replica-differs`,
 * `usage/auxiliary-differs`, `usage/mutual-passes`, `usage/unknown-layer`, `usage/all-frozen`, `usage/content-differs`,
 * those of `headOnly`, or an invalid setting
 * @throws PartError of your own loss, head, backbone, batch source or sink: `part/threw`, `part/promise`,
 * `part/contract`, `part/shape`, `part/loss`, `part/no-gradient`, `part/not-finite`, `part/batch`. The loss is tested
 * once before the first step
 * @throws DataError `data/no-batches`, `data/labels-differ`
 * @throws EngineError `engine/replica-died`, `engine/no-threads`, `engine/out-of-memory`; saved checkpoints stay
 * @throws DivergenceError `training/diverged` if the loss is NaN or infinite, or the gradient of ten steps in a row;
 * saved checkpoints stay
 * @throws InterruptedError `training/interrupted` after the signal, once the run is saved
 * @example
 * const { best, bestFolder } = await fit({
 *   model,
 *   loss: binaryCrossEntropy(),
 *   train, // batch sources, e.g. of openLoader
 *   validation,
 *   folder: 'runs/first',
 *   seed: 3,
 *   settings: { epochs: 8, learningRate: 2e-4 },
 * });
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const start = checkedStart(options);
  try {
    return await withRunFolder(options.folder, { resume: options.resume }, (folder) =>
      runWith(folderKeeper(folder), options, start, threads),
    );
  } finally {
    start.models.forEach(({ optimiser }) => optimiser.dispose());
  }
}

/**
 * Makes all checks of `fit` that need no run folder. Nothing is trained, written or read.
 *
 * @throws UsageError, PartError and DataError as `fit`, except for those of its run folder
 */
export function checkFit(options: RunOptions): void {
  checkedStart(options).models.forEach(({ optimiser }) => optimiser.dispose());
}

const threads = { count: (batchSize: number) => replicaCount('auto', batchSize), start: startReplicas };
