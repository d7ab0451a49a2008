import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Batch, BatchContent } from '@polytag/core';
import type { EngineName } from '@polytag/engine';
import type { Parameter } from '@polytag/layers';
import {
  concatenate,
  networkFor,
  predictorOf,
  type NetworkHolder,
  type Predictor,
} from '@polytag/evaluation';
import { ownPixels, type Preprocessed } from '../network/renormalise.js';
import type { Frozen } from '../freezing/freezing.js';
import type { Reduction } from '../step/reduction.js';
import type { ExampleBatch } from '../step/examples.js';
import type { OtherShares } from '../step/train-step.js';
import { ReplicaConnection } from './replica-connection.js';
import type { ReplicaModel, ReplicaModule } from './replica-module.js';
import type { ReplicaLink, ReplicaReply, ReplicaRequest, ReplicaStart } from './replica-protocol.js';
import { isLearned, SharedValues, stateEntries } from './shared-state.js';
import { splitBatch } from './split-batch.js';
import { startThread } from './start-thread.js';

export interface ReplicasOptions {
  /** All of them, the first included. */
  readonly count: number;
  /** The first replica's models, which live on this thread: the one that is evaluated, then those that learn with it. */
  readonly models: readonly (NetworkHolder & Preprocessed & Pick<ReplicaModel, 'parameters'>)[];
  /** Of all batches. Default `images`. */
  readonly content?: BatchContent;
  readonly source: ReplicaModule;
  readonly engine: EngineName;
  readonly reduction: Reduction;
  /** Images that the memory of one replica holds at once, at most. Default: its share of the batch. */
  readonly microBatch?: number;
  /** Default: a worker thread. */
  readonly connect?: (start: ReplicaStart) => ReplicaLink;
}

interface Peer {
  readonly connection: ReplicaConnection;
  readonly gradients: SharedValues;
  readonly buffers: SharedValues;
}

/**
 * Data-parallel training on the cores of one machine. Every replica has the networks on a thread and an engine of its
 * own and takes a share of each batch. Only the first, on this thread, has optimiser, average and checkpoints: it adds
 * the gradients of all in the order of their numbers, updates, and the others read its weights before each pass. So
 * replicas cannot drift apart and nothing but the gradient changes for the rest of a run; copying the weights costs
 * a few milliseconds a pass.
 *
 * Batch norm uses the statistics of each share, as unsynchronised distributed training does; the running statistics
 * are the mean over the replicas after each pass.
 */
export class Replicas {
  readonly #count: number;
  readonly #models: ReplicasOptions['models'];
  readonly #content?: BatchContent;
  readonly #reduction: Reduction;
  readonly #microBatch: number;
  readonly #weights: SharedValues;
  readonly #buffers: readonly Parameter[];
  readonly #peers: readonly Peer[];

  private constructor(options: ReplicasOptions) {
    const { models, source, engine, content, microBatch = Infinity, connect = startThread } = options;
    const parameters = models.flatMap((model) => model.parameters);
    this.#count = options.count;
    this.#models = models;
    this.#content = content;
    this.#reduction = options.reduction;
    this.#microBatch = microBatch;
    this.#weights = new SharedValues(parameters);
    const ofLearned = parameters.filter(isLearned);
    this.#buffers = parameters.filter(({ buffer }) => buffer);
    const state = stateEntries(parameters);
    const { module, data } = source;
    this.#peers = Array.from({ length: options.count - 1 }, (_, i) => {
      const [gradients, buffers] = [new SharedValues(ofLearned), new SharedValues(this.#buffers)];
      const link = connect({
        replica: i + 1,
        ...{ engine, module: String(module), data, content, state, microBatch },
        weights: this.#weights.memory,
        gradients: gradients.memory,
        buffers: buffers.memory,
      });
      return { connection: new ReplicaConnection(i + 1, link), gradients, buffers };
    });
  }

  /** Starts the threads and waits until each has built its model. Errors are those of the builder. */
  static async start(options: ReplicasOptions): Promise<Replicas> {
    const replicas = new Replicas(options);
    try {
      await Promise.all(replicas.#peers.map(({ connection }) => connection.ready()));
      return replicas;
    } catch (error) {
      await replicas.close();
      throw error;
    }
  }

  /** Divides the batch of a step: what is returned is this thread's part of the step, which knows of the others'. `frozen`: of each model. */
  divide(
    batch: Batch,
    step: number,
    frozen?: readonly Frozen[],
  ): ExampleBatch & { readonly wholeBatch: number; readonly others: OtherShares } {
    const wholeBatch = batch.size;
    const [own, ...rest] = splitBatch(batch, this.#count);
    const peers = this.#peers.slice(0, rest.length);
    let sent = false;
    const begin = () => {
      this.#weights.take();
      let batchOffset = own.size;
      const replies = peers.map(({ connection }, i) => {
        const { size, height, width, channels } = rest[i];
        const request = {
          kind: 'gradients',
          step,
          wholeBatch,
          batchOffset,
          reduction: this.#reduction,
          frozen,
        } as const;
        batchOffset += size;
        if (sent) return connection.ask(request);
        const [images, targets] = [rest[i].images.slice(), rest[i].targets.slice()];
        return connection.ask({ ...request, batch: { images, targets, size, height, width, channels } }, [
          images.buffer,
          targets.buffer,
        ]);
      });
      sent = true;
      return {
        addTo: async (total: Map<Variable, Tensor>) => {
          const losses = (await Promise.all(replies)).map((reply) => (reply as Gradients).losses);
          for (const { gradients } of peers) gradients.addTo(total);
          SharedValues.average(
            this.#buffers,
            peers.map(({ buffers }) => buffers),
          );
          return losses;
        },
      };
    };
    return { batch: own, wholeBatch, others: { begin } };
  }

  /** Divides batches between the replicas; with the weights that one of the models has now. One at a time. */
  predictor(model = 0): Predictor {
    this.#weights.take();
    const renewed = new Set(this.#peers);
    const first = predictorOf(
      networkFor(this.#models[model], this.#content),
      this.#microBatch,
      ownPixels(this.#models[0], this.#models[model]),
    );
    return {
      predict: async (batch) => {
        const [own, ...rest] = splitBatch(batch, this.#count);
        const replies = rest.map(({ images, size, height, width, channels }, i) => {
          const copy = images.slice();
          const request: ReplicaRequest = {
            kind: 'outputs',
            model,
            batch: { images: copy, size, height, width, channels },
            renewed: renewed.delete(this.#peers[i]),
          };
          return this.#peers[i].connection.ask(request, [copy.buffer]);
        });
        const mine = await first.predict(own);
        const others = (await Promise.all(replies)).map((reply) => (reply as Outputs).outputs);
        return concatenate([mine, ...others]);
      },
      dispose: () => first.dispose(),
    };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#peers.map(({ connection }) => connection.end()));
  }
}

type Gradients = ReplicaReply & { readonly kind: 'gradients' };
type Outputs = ReplicaReply & { readonly kind: 'outputs' };
