import { availableParallelism } from 'node:os';
import { CAN_START_THREADS } from './start-thread.js';

/** Images that `auto` leaves each replica at least: batch statistics of fewer are noise. */
const LEAST_SHARE = 8;

/**
 * The replicas that a setting stands for. `auto`: one for each usable core, as long as each gets 8 images of a batch;
 * 1 where threads cannot be started (the package running from its TypeScript source).
 */
export function replicaCount(setting: 'auto' | number, batchSize: number): number {
  if (setting !== 'auto') return setting;
  if (!CAN_START_THREADS) return 1;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(batchSize / LEAST_SHARE)));
}
