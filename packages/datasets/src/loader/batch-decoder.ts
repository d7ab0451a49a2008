import { availableParallelism } from 'node:os';
import { DataError } from '@polytag/core';
import { Piscina } from 'piscina';
import { decodeBatch, type BatchRequest } from './decode-batch.js';
import type { RefusedBatch } from './decode-worker.js';

/** Fills batches, on this thread or on others. */
export interface BatchDecoder {
  /** Threads that decode; 0 means this one. */
  readonly workers: number;
  decode(request: BatchRequest): Promise<Float32Array>;
  /** Waits for batches in the making, then ends the threads. */
  close(): Promise<void>;
}

/** Threads are started from the built package only: Node cannot start one from a TypeScript source. */
const CAN_START_THREADS = !import.meta.url.endsWith('.ts');

/** @param workers threads to decode on, at most one for each core; 0 decodes on this thread */
export function batchDecoder(workers: number): BatchDecoder {
  if (workers === 0 || !CAN_START_THREADS) return { workers: 0, decode: decodeBatch, close: async () => {} };
  const threads = Math.min(workers, availableParallelism());
  const pool = new Piscina<BatchRequest, Float32Array | RefusedBatch>({
    filename: new URL('./decode-worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
  });
  return {
    workers: threads,
    decode: async (request) => {
      const result = await pool.run(request);
      if (!('refused' in result)) return result;
      const { code, message, hint } = result.refused;
      throw new DataError(code, message, { hint });
    },
    close: () => pool.close(),
  };
}
