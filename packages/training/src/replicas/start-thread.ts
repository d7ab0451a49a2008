import { Worker } from 'node:worker_threads';
import { EngineError, UsageError } from '@polytag/core';
import type { ReplicaLink, ReplicaStart } from './replica-protocol.js';

/** Threads are started from the built package only: Node cannot start one from a TypeScript source. */
export const CAN_START_THREADS = !import.meta.url.endsWith('.ts');

/**
 * @throws EngineError `engine/no-threads` when this package runs from its TypeScript source
 * @throws UsageError `usage/replica-module` when the data for the builder holds what cannot cross to a thread
 */
export function startThread(start: ReplicaStart): ReplicaLink {
  if (!CAN_START_THREADS) {
    throw new EngineError('engine/no-threads', 'Replicas run on threads, which need the built package.', {
      hint: 'Build the packages (npm run build), or use one replica: --set training.replicas=1',
    });
  }
  const thread = startWorker(start);
  return {
    post: (request, transfer) => thread.postMessage(request, transfer),
    listen: (heard, lost) => {
      thread.on('message', heard);
      thread.on('error', (error) => lost(error instanceof Error ? error.message : String(error)));
      thread.on('exit', (status) => lost(`its thread ended with status ${status}`));
    },
    end: () => thread.terminate(),
  };
}

function startWorker(start: ReplicaStart): Worker {
  try {
    return new Worker(new URL('./replica-thread.js', import.meta.url), { workerData: start });
  } catch (cause) {
    if ((cause as Error).name !== 'DataCloneError') throw cause;
    throw new UsageError(
      'usage/replica-module',
      `The data for the replica module cannot be sent to a thread: ${(cause as Error).message}`,
      { hint: 'Pass plain data, and create functions and models in the module.', cause },
    );
  }
}
