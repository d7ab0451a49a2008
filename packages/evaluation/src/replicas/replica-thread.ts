/** The entry of a replica's thread: loads the model folder, then computes what it is asked for. */
import { workerData } from 'node:worker_threads';
import { useEngine } from '@polytag/engine';
import { loadModel } from '@polytag/model';
import { move } from 'piscina';
import { failureOf, type NetworkInputs } from '@polytag/core';
import { imageNetwork } from './image-network.js';
import type { ReplicaStart } from './open-replicas.js';

const { folder, engine, allowModules, results } = workerData as ReplicaStart;
await useEngine(engine.name, engine.options);
const network = imageNetwork(await loadModel(folder, { allowModules }), results);

export default async function work(images: NetworkInputs): Promise<unknown> {
  try {
    const computed = await network.run(images);
    return computed.length === 1 ? move(computed[0]) : computed;
  } catch (error) {
    return { failure: failureOf(error) };
  }
}
