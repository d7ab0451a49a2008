import { filesOfModel } from '@polytag/model';
import type { EpochMetrics } from './metrics-log.js';
import type { RunKeeper } from './run-keeper.js';

/** The files of a model folder, by name. */
export type ModelFolderFiles = Readonly<Record<string, Uint8Array | string>>;

/** Keeps a run in memory: the lines of its epochs, and the model folder with the best weights. It cannot be resumed. */
export interface MemoryKeeper extends RunKeeper {
  /** Undefined until an evaluation, or the end, has given them. */
  readonly best: ModelFolderFiles | undefined;
}

export function memoryKeeper(): MemoryKeeper {
  let lines: EpochMetrics[] = [];
  let best: ModelFolderFiles | undefined;
  return {
    plan: { kind: 'fresh' },
    bestFolder: 'memory',
    get lines() {
      return lines;
    },
    get best() {
      return best;
    },
    restore: async () => undefined,
    async truncateLog(epochs) {
      lines = lines.filter(({ epoch }) => epoch <= epochs);
      return undefined;
    },
    append: async (line) => void lines.push(line),
    saveCheckpoint: async () => 'memory',
    async saveBest(model, card) {
      best = await filesOfModel(model, { card });
    },
    saveAuxiliary: async () => undefined,
  };
}
