import type { MessagePort } from 'node:worker_threads';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { PolytagError, UsageError, type BatchContent, type Loss } from '@polytag/core';
import { forward, type Parameter } from '@polytag/layers';
import { networkFor, predictorOf, type Images, type Predictor } from '@polytag/evaluation';
import { nothingFrozen, type Frozen } from '../freezing/freezing.js';
import { variableOf } from '../groups/parameter-groups.js';
import { ownPixels, type Renormalise } from '../network/renormalise.js';
import type { ExampleBatch } from '../step/examples.js';
import { gradientsOf, type Differentiable } from '../step/gradients-of.js';
import type { ReplicaModel, ReplicaParts } from './replica-module.js';
import type { ReplicaFailure, ReplicaReply, ReplicaRequest, ReplicaStart } from './replica-protocol.js';
import { isLearned, SharedValues, stateEntries } from './shared-state.js';

/** The side of a replica that works: computes gradients and outputs of its share when it is asked to. */
export class ReplicaServer {
  readonly #microBatch: number;
  readonly #loss: Loss;
  readonly #content?: BatchContent;
  readonly #models: readonly ReplicaModel[];
  readonly #renormalise: readonly Renormalise[];
  readonly #weights: SharedValues;
  readonly #gradients: SharedValues;
  readonly #buffers: SharedValues;
  #predictor?: Predictor<Images>;
  #share?: ExampleBatch;

  /** @throws UsageError `usage/replica-differs` when the models are not the first replica's */
  constructor(start: ReplicaStart, parts: ReplicaParts) {
    const models = [parts.model, ...(parts.auxiliary ?? [])];
    const parameters = models.flatMap((model) => model.parameters);
    checkState(start, parameters);
    this.#microBatch = start.microBatch;
    this.#loss = parts.loss;
    this.#content = start.content;
    this.#models = models;
    this.#renormalise = models.map((model) => ownPixels(parts.model, model));
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

  /** Frees folded weights. The models stay the caller's. */
  dispose(): void {
    this.#predictor?.dispose();
    this.#predictor = undefined;
  }

  async #answer(request: ReplicaRequest): Promise<ReplicaReply> {
    return request.kind === 'gradients' ? this.#computeGradients(request) : this.#computeOutputs(request);
  }

  async #computeGradients({
    batch,
    kind,
    frozen,
    ...pass
  }: ReplicaRequest & { kind: 'gradients' }): Promise<ReplicaReply> {
    if (batch) {
      this.dispose();
      this.#share = { batch };
    }
    this.#weights.give();
    const { gradients, losses } = await gradientsOf(this.#networks(frozen), this.#share!, {
      ...pass,
      loss: this.#loss,
      microBatch: this.#microBatch,
    });
    this.#gradients.takeGradients(gradients);
    gradients.forEach((gradient) => gradient.dispose());
    this.#buffers.take();
    return { kind, losses };
  }

  #networks(frozen: readonly Frozen[] = []): Differentiable[] {
    return this.#models.map((model, i) => {
      const { scale, parameters } = model;
      const network = networkFor(model, this.#content);
      const { batchNorms: frozenBatchNorms, parameters: still } = frozen[i] ?? nothingFrozen;
      const learned = parameters.filter((parameter) => isLearned(parameter) && !still.has(parameter.key));
      return {
        forward: (images: Tensor, call) =>
          forward(network, this.#renormalise[i](images), { ...call, frozenBatchNorms }) as Tensor2D,
        scale,
        variables: learned.map(variableOf),
      };
    });
  }

  async #computeOutputs({
    model,
    batch,
    renewed,
  }: ReplicaRequest & { kind: 'outputs' }): Promise<ReplicaReply> {
    if (renewed || !this.#predictor) {
      this.#predictor?.dispose();
      this.#weights.give();
      const network = networkFor(this.#models[model], this.#content);
      this.#predictor = predictorOf(network, this.#microBatch, this.#renormalise[model]);
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
