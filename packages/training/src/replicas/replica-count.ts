import { availableParallelism } from 'node:os';
import { CAN_START_THREADS } from './start-thread.js';

/** Images that `auto` leaves each replica at least: batch statistics of fewer are noise. */
const LEAST_SHARE = 8;

/**
 * Number of replicas for a setting. `auto`: one per usable core, with at least 8 images of a batch each; 1 if threads
 * cannot be started (the package runs from its TypeScript source).
 */
export function replicaCount(setting: 'auto' | number, batchSize: number): number {
  if (setting !== 'auto') return setting;
  if (!CAN_START_THREADS) return 1;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(batchSize / LEAST_SHARE)));
}
