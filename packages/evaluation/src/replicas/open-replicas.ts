import { EngineError, errorFromThread, type NetworkInputs, type ThreadFailure } from '@polytag/core';
import { engineInUse, type EngineInUse } from '@polytag/engine';
import type { MultiLabelModel } from '@polytag/model';
import { Piscina } from 'piscina';
import { imageNetwork, type ImageNetwork, type NetworkResult } from './image-network.js';

/** What a replica's thread is started with. */
export interface ReplicaStart {
  /** The model's folder. */
  readonly folder: string;
  readonly engine: EngineInUse;
  readonly allowModules?: boolean;
  readonly results: readonly NetworkResult[];
}

export interface ReplicasOptions extends Omit<ReplicaStart, 'engine'> {
  /** Copies of the model; with 1 the model itself computes, on this thread, unless it is to compute `apart`. */
  readonly count: number;
  /** A single copy has a thread of its own too, so that this one stays free for what comes in. Default false. */
  readonly apart?: boolean;
}

/** Threads are started from the built package only: Node cannot start one from a TypeScript source. */
const CAN_START_THREADS = !import.meta.url.endsWith('.ts');

/**
 * Several copies of a model, each on a thread with an engine of its own. They take batches as they come: ask for as many
 * at once as there are. The threads compute with the engine that was chosen here. With one the event loop has a turn before each batch, so that other threads' messages get through.
 *
 * @throws EngineError `engine/replica-died` when a thread fails
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
