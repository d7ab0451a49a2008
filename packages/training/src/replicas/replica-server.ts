import type { MessagePort } from 'node:worker_threads';
import { failureOf, UsageError, type Examples, type InputKind, type Loss } from '@polytag/core';
import type { Predictor } from '@polytag/evaluation';
import type { Parameter } from '@polytag/layers';
import { gradientsOf } from '../step/gradients.js';
import { forwardOf, runPredictor, type RunModel, type TrainableNetwork } from '../step/trainable-model.js';
import type { ReplicaParts } from './replica-module.js';
import type { ReplicaReply, ReplicaRequest, ReplicaStart } from './replica-protocol.js';
import { isLearned, SharedValues, stateEntries } from './shared-state.js';

/** The side of a replica that works: computes gradients and outputs of its share when it is asked to. */
export class ReplicaServer {
  readonly #microBatch: number;
  readonly #loss: Loss;
  readonly #kind: InputKind;
  readonly #models: readonly RunModel[];
  readonly #networks: readonly TrainableNetwork[];
  readonly #weights: SharedValues;
  readonly #gradients: SharedValues;
  readonly #buffers: SharedValues;
  #predictor?: Predictor;
  #share?: Examples;

  /** @throws UsageError `usage/replica-differs` when the models are not the first replica's */
  constructor(start: ReplicaStart, parts: ReplicaParts) {
    const models = [parts.model, ...(parts.auxiliary ?? [])];
    const parameters = models.flatMap((model) => model.parameters);
    checkState(start, parameters);
    this.#microBatch = start.microBatch;
    this.#loss = parts.loss;
    this.#kind = start.kind;
    this.#models = models;
    this.#networks = models.map((model) => ({
      forward: forwardOf(model, start.kind, parts.model),
      scale: model.scale,
      learned: model.parameters.filter(isLearned),
    }));
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
    ...pass
  }: ReplicaRequest & { kind: 'gradients' }): Promise<ReplicaReply> {
    if (batch) {
      this.dispose();
      this.#share = batch;
    }
    this.#weights.load();
    const { gradients, losses } = await gradientsOf(this.#networks, this.#share!, {
      ...pass,
      loss: this.#loss,
      microBatch: this.#microBatch,
    });
    this.#gradients.storeGradients(gradients);
    gradients.forEach((gradient) => gradient.dispose());
    this.#buffers.store();
    return { kind, losses };
  }

  async #computeOutputs({
    model,
    batch,
    renewed,
  }: ReplicaRequest & { kind: 'outputs' }): Promise<ReplicaReply> {
    if (renewed || !this.#predictor) {
      this.#predictor?.dispose();
      this.#weights.load();
      this.#predictor = runPredictor(this.#models[model], this.#kind, this.#models[0], this.#microBatch);
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
    `${module} builds a different model than the run: parameter ${at + 1} is ${told(mine[at])}, expected ${told(state[at])}.`,
    { hint: 'Build model and loss there in the same way as for fit, from the same config and options.' },
  );
}
