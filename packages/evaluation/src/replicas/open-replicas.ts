import { EngineError, errorFromThread, type NetworkInputs, type ThreadFailure } from '@polytag/core';
import { threadArguments } from '@polytag/datasets';
import { engineInUse, type EngineInUse } from '@polytag/engine';
import type { MultiLabelModel } from '@polytag/model';
import { Piscina } from 'piscina';
import { imageNetwork, type ImageNetwork, type NetworkResult } from './image-network.js';

/** Start data of a replica's thread. */
export interface ReplicaStart {
  /** The model's folder. */
  readonly folder: string;
  readonly engine: EngineInUse;
  readonly allowModules?: boolean;
  readonly results: readonly NetworkResult[];
}

export interface ReplicasOptions extends Omit<ReplicaStart, 'engine'> {
  /** Number of copies of the model. With 1, the model itself runs on this thread, unless `apart` is set. */
  readonly count: number;
  /** Whether a single copy gets a thread of its own too, which keeps this thread free. Default false. */
  readonly apart?: boolean;
}

/** Threads are started from the built package only: Node cannot start one from a TypeScript source. */
const CAN_START_THREADS = !import.meta.url.endsWith('.ts');

/**
 * Opens several copies of a model, each on a thread with its own engine, the same as here. Send as many batches at once
 * as there are copies. A single copy on this thread yields to the event loop before each batch, so that messages of
 * other threads get through.
 *
 * @throws EngineError `engine/replica-died` if a thread fails
 */
export function openReplicas(
  model: MultiLabelModel,
  { count, apart, ...start }: ReplicasOptions,
): ImageNetwork {
  if ((count === 1 && !apart) || !CAN_START_THREADS) {
    const network = imageNetwork(model, start.results);
    return {
      run: async (images) => {
        await new Promise((turn) => setImmediate(turn));
        return network.run(images);
      },
      close: () => network.close(),
    };
  }
  const pool = new Piscina<
    NetworkInputs,
    Float32Array | Float32Array[] | { readonly failure: ThreadFailure }
  >({
    filename: new URL('./replica-thread.js', import.meta.url).href,
    minThreads: count,
    maxThreads: count,
    execArgv: threadArguments(),
    workerData: { ...start, engine: engineInUse() } satisfies ReplicaStart,
  });
  return {
    run: async (images) => {
      const { buffer } = images.inputs;
      const running = pool.run(images, { transferList: [buffer as ArrayBuffer] });
      const result = await running.catch((cause: unknown) => {
        throw new EngineError(
          'engine/replica-died',
          `A replica of the model failed: ${(cause as Error).message}`,
          { hint: 'If memory ran out, use fewer replicas.', cause },
        );
      });
      if ('failure' in result) throw errorFromThread('A replica of the model', result.failure);
      return Array.isArray(result) ? result : [result];
    },
    close: () => pool.close(),
  };
}
