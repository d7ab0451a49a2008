import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { splitBatch, type Examples, type InputKind, type NetworkInputs } from '@polytag/core';
import type { EngineInUse } from '@polytag/engine';
import { concatenate, type Predictor } from '@polytag/evaluation';
import type { Parameter } from '@polytag/layers';
import type { Frozen } from '../freezing/freezing.js';
import type { Reduction } from '../step/loss-value.js';
import { placeInWhole, type BatchSharing, type SharedBatch, type StepPlace } from '../step/train-step.js';
import { runPredictor, type RunModel } from '../step/trainable-model.js';
import { ReplicaConnection } from './replica-connection.js';
import type { ReplicaModule } from './replica-module.js';
import type { ReplicaLink, ReplicaReply, ReplicaRequest, ReplicaStart } from './replica-protocol.js';
import { isLearned, SharedValues, stateEntries } from './shared-state.js';
import { startThread } from './start-thread.js';

export interface ReplicasOptions {
  /** All of them, the first included. */
  readonly count: number;
  /** The first replica's models, which live on this thread: the one that is evaluated, then those that learn with it. */
  readonly models: readonly RunModel[];
  /** Of all batches. */
  readonly kind: InputKind;
  readonly source: ReplicaModule;
  readonly engine: EngineInUse;
  readonly reduction: Reduction;
  /** Images that the memory of one replica holds at once, at most. Default: its share of the batch. */
  readonly microBatch?: number;
  /** Default: a worker thread. */
  readonly connect?: (start: ReplicaStart) => ReplicaLink;
}

/** A thread that holds a copy of the models. */
interface Replica {
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
export class Replicas implements BatchSharing {
  readonly #count: number;
  readonly #models: ReplicasOptions['models'];
  readonly #kind: InputKind;
  readonly #reduction: Reduction;
  readonly #microBatch: number;
  readonly #weights: SharedValues;
  readonly #buffers: readonly Parameter[];
  /** Without the first, which is this thread. */
  readonly #others: readonly Replica[];

  private constructor(options: ReplicasOptions) {
    const { models, source, engine, kind, microBatch = Infinity, connect = startThread } = options;
    const parameters = models.flatMap((model) => model.parameters);
    this.#count = options.count;
    this.#models = models;
    this.#kind = kind;
    this.#reduction = options.reduction;
    this.#microBatch = microBatch;
    this.#weights = new SharedValues(parameters);
    const ofLearned = parameters.filter(isLearned);
    this.#buffers = parameters.filter(({ buffer }) => buffer);
    const state = stateEntries(parameters);
    const { module, data } = source;
    this.#others = Array.from({ length: options.count - 1 }, (_, i) => {
      const [gradients, buffers] = [new SharedValues(ofLearned), new SharedValues(this.#buffers)];
      const link = connect({
        replica: i + 1,
        engine,
        module: String(module),
        data,
        kind,
        state,
        microBatch,
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
      await Promise.all(replicas.#others.map(({ connection }) => connection.ready()));
      return replicas;
    } catch (error) {
      await replicas.close();
      throw error;
    }
  }

  /** Divides the batch of a step between all replicas. */
  divide(batch: Examples, { epoch, step }: StepPlace, frozen?: readonly Frozen[]): SharedBatch {
    const [own, ...rest] = splitBatch(batch, this.#count);
    const others = this.#others.slice(0, rest.length);
    const ofWhole = placeInWhole(batch);
    let isSent = false;
    const begin = () => {
      this.#weights.store();
      let batchOffset = ofWhole.batchOffset + own.shape[0];
      const replies = others.map(({ connection }, i) => {
        const { shape } = rest[i];
        const request = {
          kind: 'gradients',
          epoch,
          step,
          ...ofWhole,
          batchOffset,
          reduction: this.#reduction,
          frozen,
        } as const;
        batchOffset += shape[0];
        if (isSent) return connection.ask(request);
        const [inputs, targets] = [rest[i].inputs.slice(), rest[i].targets.slice()];
        return connection.ask({ ...request, batch: { inputs, shape, targets } }, [
          inputs.buffer,
          targets.buffer,
        ]);
      });
      isSent = true;
      return {
        addTo: async (total: Map<Variable, Tensor>) => {
          const losses = (await Promise.all(replies)).map((reply) => (reply as Gradients).losses);
          for (const { gradients } of others) gradients.addTo(total);
          SharedValues.average(
            this.#buffers,
            others.map(({ buffers }) => buffers),
          );
          return losses;
        },
      };
    };
    return { own, begin };
  }

  /** Divides batches between the replicas; with the weights that one of the models has now. One at a time. */
  predictor(model = 0): Predictor {
    this.#weights.store();
    const renewed = new Set(this.#others);
    const first = runPredictor(this.#models[model], this.#kind, this.#models[0], this.#microBatch);
    return {
      predict: async ({ inputs, shape }: NetworkInputs) => {
        const [own, ...rest] = splitBatch({ inputs, shape }, this.#count);
        const replies = rest.map((share, i) => {
          const copy = share.inputs.slice();
          const request: ReplicaRequest = {
            kind: 'outputs',
            model,
            batch: { inputs: copy, shape: share.shape },
            renewed: renewed.delete(this.#others[i]),
          };
          return this.#others[i].connection.ask(request, [copy.buffer]);
        });
        const mine = await first.predict(own);
        const theirs = (await Promise.all(replies)).map((reply) => (reply as Outputs).outputs);
        return concatenate([mine, ...theirs]);
      },
      dispose: () => first.dispose(),
    };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#others.map(({ connection }) => connection.end()));
  }
}

type Gradients = ReplicaReply & { readonly kind: 'gradients' };
type Outputs = ReplicaReply & { readonly kind: 'outputs' };
