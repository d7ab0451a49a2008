import type { MessagePort } from 'node:worker_threads';
import { tensor2d, tensor4d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { PolytagError, UsageError } from '@polytag/core';
import type { Parameter } from '@polytag/layers';
import { predictorOf, type Images, type Predictor } from '../evaluation/predictor.js';
import { variableOf } from '../groups/parameter-groups.js';
import { gradientsOf } from '../step/gradients-of.js';
import type { ReplicaParts } from './replica-module.js';
import type { ReplicaFailure, ReplicaReply, ReplicaRequest, ReplicaStart } from './replica-protocol.js';
import { isLearned, SharedValues, stateEntries } from './shared-state.js';

/** The side of a replica that works: computes gradients and outputs of its share when it is asked to. */
export class ReplicaServer {
  readonly #replica: number;
  readonly #parts: ReplicaParts;
  readonly #weights: SharedValues;
  readonly #gradients: SharedValues;
  readonly #buffers: SharedValues;
  #predictor?: Predictor<Images>;
  #share?: { readonly images: Tensor; readonly targets: Tensor2D };

  /** @throws UsageError `usage/replica-differs` when the model is not the first replica's */
  constructor(start: ReplicaStart, parts: ReplicaParts) {
    const { parameters } = parts.model;
    checkState(start, parameters);
    this.#replica = start.replica;
    this.#parts = parts;
    this.#weights = new SharedValues(parameters, start.weights);
    this.#gradients = new SharedValues(parameters.filter(isLearned), start.gradients);
    this.#buffers = new SharedValues(
      parameters.filter(({ buffer }) => buffer),
      start.buffers,
    );
  }

  /** Answers the requests that come through a port, and says that it is ready. */
  serve(port: Pick<MessagePort, 'on' | 'postMessage'>): void {
    port.on('message', (request: ReplicaRequest) => {
      void this.#answer(request)
        .catch((error: unknown): ReplicaReply => ({ kind: 'failed', failure: failureOf(error) }))
        .then((reply) => port.postMessage(reply));
    });
    port.postMessage({ kind: 'ready' } satisfies ReplicaReply);
  }

  /** Frees the images of the last step and folded weights. The model stays the caller's. */
  dispose(): void {
    this.#share?.images.dispose();
    this.#share?.targets.dispose();
    this.#share = undefined;
    this.#predictor?.dispose();
    this.#predictor = undefined;
  }

  async #answer(request: ReplicaRequest): Promise<ReplicaReply> {
    return request.kind === 'gradients' ? this.#computeGradients(request) : this.#computeOutputs(request);
  }

  async #computeGradients({
    batch,
    step,
    share,
    reduction,
  }: ReplicaRequest & { kind: 'gradients' }): Promise<ReplicaReply> {
    const { model, loss } = this.#parts;
    if (batch) {
      this.dispose();
      const labels = batch.targets.length / batch.size;
      const { size, height, width } = batch;
      this.#share = {
        images: tensor4d(batch.images, [size, height, width, 3]),
        targets: tensor2d(batch.targets, [size, labels]),
      };
    }
    this.#weights.give();
    const network = {
      forward: (images: Tensor, call: object) => model.network.apply(images, call) as Tensor2D,
      scale: model.scale,
      variables: model.parameters.filter(isLearned).map(variableOf),
    };
    const input = { ...this.#share!, loss, reduction, step, share, replica: this.#replica };
    const { gradients, losses } = await gradientsOf([network], input);
    this.#gradients.takeGradients(gradients);
    gradients.forEach((gradient) => gradient.dispose());
    this.#buffers.take();
    return { kind: 'gradients', loss: losses[0].loss };
  }

  async #computeOutputs({ batch, renewed }: ReplicaRequest & { kind: 'outputs' }): Promise<ReplicaReply> {
    if (renewed || !this.#predictor) {
      this.#predictor?.dispose();
      this.#weights.give();
      this.#predictor = predictorOf(this.#parts.model.network);
    }
    return { kind: 'outputs', outputs: await this.#predictor.predict(batch) };
  }
}

function checkState({ state, module }: ReplicaStart, parameters: readonly Parameter[]): void {
  const mine = stateEntries(parameters);
  const at = Array.from({ length: Math.max(state.length, mine.length) }).findIndex(
    (_, i) => JSON.stringify(state[i]) !== JSON.stringify(mine[i]),
  );
  if (at < 0) return;
  const told = (entry: (typeof mine)[number] | undefined) =>
    entry ? `"${entry.key}" [${entry.shape}]` : 'nothing';
  throw new UsageError(
    'usage/replica-differs',
    `${module} builds another model than the run trains: parameter ${at + 1} is ${told(mine[at])}, not ${told(state[at])}.`,
    { hint: 'Build model and loss there as you did for fit, from the same config and options.' },
  );
}

/** What is told of an error that ends a replica. */
export function failureOf(error: unknown): ReplicaFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  return error instanceof PolytagError
    ? { name, message, code: error.code, ...(error.hint !== undefined && { hint: error.hint }) }
    : { name, message };
}
