/** The entry of a replica's thread: chooses the engine, builds the model, serves. */
import { parentPort, workerData } from 'node:worker_threads';
import { failureOf, UsageError } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import type { BuildReplica } from './replica-module.js';
import type { ReplicaReply, ReplicaStart } from './replica-protocol.js';
import { ReplicaServer } from './replica-server.js';

const start = workerData as ReplicaStart;
const port = parentPort!;

async function build(): Promise<ReplicaServer> {
  await useEngine(start.engine.name, start.engine.options);
  const { default: make } = (await import(start.module)) as { default?: BuildReplica };
  if (typeof make !== 'function') {
    throw new UsageError('usage/replica-module', `The default export of ${start.module} is not a function.`, {
      hint: 'Export a function that returns { model, loss }.',
    });
  }
  return new ReplicaServer(start, await make(start.data));
}

try {
  (await build()).serve(port);
} catch (error) {
  port.postMessage({ kind: 'failed', failure: failureOf(error) } satisfies ReplicaReply);
}
