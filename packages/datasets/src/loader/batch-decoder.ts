import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { largeImageLock } from '../images/large-image-lock.js';
import { errorOf } from './bad-image.js';
import { canStartThreads, threadArguments } from './pool-threads.js';
import { decodeBatch, type BatchRequest, type DecodedBatch } from './decode-batch.js';

/** Fills batches, on this thread or on others. */
export interface BatchDecoder {
  /** Threads that decode; 0 means this one. */
  readonly workers: number;
  /** @throws DataError unless the request skips bad images: of the first that cannot be used */
  decode(request: BatchRequest): Promise<DecodedBatch>;
  /** Waits for batches in the making, then ends the threads. */
  close(): Promise<void>;
}

/** @param workers threads to decode on, at most one for each core; 0 decodes on this thread */
export function batchDecoder(workers: number): BatchDecoder {
  if (workers === 0 || !canStartThreads(import.meta.url)) {
    return {
      workers: 0,
      decode: async (request) => checked(request, await decodeBatch(request)),
      close: async () => {},
    };
  }
  const threads = Math.min(workers, availableParallelism());
  const pool = new Piscina<BatchRequest, DecodedBatch | Float32Array>({
    filename: new URL('./decode-worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    execArgv: threadArguments(),
    // A thread has its next batch at hand when it ends one: this thread may be computing then, and hand none out.
    concurrentTasksPerWorker: 2,
    workerData: largeImageLock(),
  });
  return {
    workers: threads,
    decode: async (request) => {
      const result = await pool.run(request);
      return 'refused' in result ? checked(request, result) : { images: result, refused: [] };
    },
    close: () => pool.close(),
  };
}

function checked({ skipBad }: BatchRequest, batch: DecodedBatch): DecodedBatch {
  if (!skipBad && batch.refused.length > 0) throw errorOf(batch.refused[0]);
  return batch;
}
