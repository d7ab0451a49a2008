import { join } from 'node:path';
import { saveModel } from '@polytag/model';
import { mayDifferOnResume } from '../settings/training-settings.js';
import { epochCheckpoint, lastCheckpoint, restoreCheckpoint, saveCheckpoint } from './checkpoint.js';
import { assertSameIdentity } from './identity.js';
import { MetricsLog } from './metrics-log.js';
import { bestFolder, type RunFolder } from './run-folder.js';
import type { RunKeeper } from './run-keeper.js';

/** Keeps a run in its folder: `metrics.jsonl`, `checkpoints/`, `best/`, `auxiliary/`. */
export function folderKeeper({ path, plan }: RunFolder): RunKeeper {
  const log = new MetricsLog(path);
  return {
    plan,
    bestFolder: bestFolder(path),
    get lines() {
      return log.lines;
    },
    async restore(state, identity) {
      if (plan.kind !== 'continue') return undefined;
      const mayDiffer = mayDifferOnResume.map((key) => `training.${key}`);
      assertSameIdentity(path, plan.checkpoint.identity, identity, { mayDiffer });
      await restoreCheckpoint(plan.checkpoint, state);
      return plan.checkpoint.progress;
    },
    truncateLog: (epochs) => log.truncate(epochs),
    append: (line) => log.append(line),
    async saveCheckpoint(state, identity, progress, epoch) {
      const folder = epoch === undefined ? lastCheckpoint(path) : epochCheckpoint(path, epoch);
      await saveCheckpoint(folder, state, identity, progress);
      return folder;
    },
    saveBest: (model, card) => saveModel(model, bestFolder(path), { card }),
    saveAuxiliary: (model, index) => saveModel(model, join(path, 'auxiliary', String(index))),
  };
}
