import { add, tensor, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Batch } from '@polytag/core';
import type { EngineName } from '@polytag/engine';
import type { MultiLabelModel } from '@polytag/model';
import { joined, predictorOf, type Predictor } from '../evaluation/predictor.js';
import type { Reduction } from '../step/reduction.js';
import type { OtherShares } from '../step/train-step.js';
import { ReplicaConnection } from './replica-connection.js';
import type { ReplicaModule } from './replica-module.js';
import type { ReplicaLink, ReplicaReply, ReplicaRequest, ReplicaStart } from './replica-protocol.js';
import { isLearned, SharedValues, stateEntries, tensorOf } from './shared-state.js';
import { splitBatch } from './split-batch.js';
import { startThread } from './start-thread.js';

export interface ReplicasOptions {
  /** All of them, the first included. */
  readonly count: number;
  /** The first replica's model, which lives on this thread. */
  readonly model: Pick<MultiLabelModel, 'network' | 'parameters'>;
  readonly source: ReplicaModule;
  readonly engine: EngineName;
  readonly reduction: Reduction;
  /** Default: a worker thread. */
  readonly connect?: (start: ReplicaStart) => ReplicaLink;
}

interface Peer {
  readonly connection: ReplicaConnection;
  readonly gradients: SharedValues;
  readonly buffers: SharedValues;
}

/**
 * Data-parallel training on the cores of one machine. Every replica has the network on a thread and an engine of its
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
  readonly #network: ReplicasOptions['model']['network'];
  readonly #reduction: Reduction;
  readonly #weights: SharedValues;
  readonly #buffers: readonly Variable[];
  readonly #peers: readonly Peer[];

  private constructor(options: ReplicasOptions) {
    const { model, source, engine, connect = startThread } = options;
    const { parameters } = model;
    this.#count = options.count;
    this.#network = model.network;
    this.#reduction = options.reduction;
    this.#weights = new SharedValues(parameters);
    const ofLearned = parameters.filter(isLearned);
    const ofBuffers = parameters.filter(({ buffer }) => buffer);
    this.#buffers = [...new SharedValues(ofBuffers).entries()].map(({ variable }) => variable);
    const state = stateEntries(parameters);
    const { module, data } = source;
    this.#peers = Array.from({ length: options.count - 1 }, (_, i) => {
      const [gradients, buffers] = [new SharedValues(ofLearned), new SharedValues(ofBuffers)];
      const link = connect({
        replica: i + 1,
        ...{ engine, module: String(module), data, state },
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

  /** Divides the batch of a step: `own` is for this thread, the rest for the others. */
  divide(batch: Batch, step: number): { own: Batch; share: number; others: OtherShares } {
    const [own, ...rest] = splitBatch(batch, this.#count);
    const peers = this.#peers.slice(0, rest.length);
    let sent = false;
    const begin = () => {
      this.#weights.take();
      const replies = peers.map(({ connection }, i) => {
        const { size } = rest[i];
        const share = size / batch.size;
        const request = { kind: 'gradients', step, share, reduction: this.#reduction } as const;
        if (sent) return connection.ask(request);
        const [images, targets] = [rest[i].images.slice(), rest[i].targets.slice()];
        const { height, width } = batch;
        return connection.ask({ ...request, batch: { images, targets, size, height, width } }, [
          images.buffer,
          targets.buffer,
        ]);
      });
      sent = true;
      return {
        addTo: async (total: Map<Variable, Tensor>) => {
          const losses = (await Promise.all(replies)).map((reply) => (reply as Gradients).loss);
          for (const { gradients } of peers) addGradients(total, gradients);
          this.#averageBuffers(peers);
          return losses;
        },
      };
    };
    return { own, share: own.size / batch.size, others: { begin } };
  }

  /** Divides batches between the replicas; with the weights that the model has now. One at a time. */
  predictor(): Predictor {
    this.#weights.take();
    const renewed = new Set(this.#peers);
    const first = predictorOf(this.#network);
    return {
      predict: async (batch) => {
        const [own, ...rest] = splitBatch(batch, this.#count);
        const replies = rest.map(({ images, size, height, width }, i) => {
          const copy = images.slice();
          const request: ReplicaRequest = {
            kind: 'outputs',
            batch: { images: copy, size, height, width },
            renewed: renewed.delete(this.#peers[i]),
          };
          return this.#peers[i].connection.ask(request, [copy.buffer]);
        });
        const mine = await first.predict(own);
        const others = (await Promise.all(replies)).map((reply) => (reply as Outputs).outputs);
        return joined([mine, ...others]);
      },
      dispose: () => first.dispose(),
    };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#peers.map(({ connection }) => connection.end()));
  }

  /** Summed in float64, in the order of the replicas: a buffer that is the same in all stays what it is. */
  #averageBuffers(peers: readonly Peer[]): void {
    const shares = peers.map(({ buffers }) => [...buffers.entries()]);
    this.#buffers.forEach((variable, i) => {
      const own = variable.dataSync<'float32'>();
      const means = Float32Array.from(
        own,
        (value, at) => shares.reduce((sum, share) => sum + share[i].values[at], value) / (peers.length + 1),
      );
      const mean = tensor(means, variable.shape, 'float32');
      variable.assign(mean);
      mean.dispose();
    });
  }
}

type Gradients = ReplicaReply & { readonly kind: 'gradients' };
type Outputs = ReplicaReply & { readonly kind: 'outputs' };

function addGradients(total: Map<Variable, Tensor>, more: SharedValues): void {
  for (const { variable, values } of more.entries()) {
    const before = total.get(variable);
    if (!before) continue;
    total.set(
      variable,
      tidy(() => add(before, tensorOf(values, variable.shape))),
    );
    before.dispose();
  }
}
