import { tensor4d, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Batch } from '@polytag/core';
import { engineMemory, useEngine } from '@polytag/engine';
import { forward } from '@polytag/layers';
import { binaryCrossEntropy } from '@polytag/losses';
import type { MultiLabelModel } from '@polytag/model';
import { adamw, parameterGroups, trainableModel, trainStep, type BoundOptimiser } from '@polytag/training';
import { median } from '../median.js';
import { benchModel } from './bench-model.js';
import { randomBatch } from './random-batch.js';
import { WARM_UP, type Work } from './work.js';

const LEARNING_RATE = 1e-3;

/** Hooks for a profile: each gets a part of a step to run. */
export interface Parts {
  readonly forward: <T>(part: () => T) => T;
  readonly update: <T>(part: () => T) => T;
}

const UNOBSERVED: Parts = { forward: (part) => part(), update: (part) => part() };

/**
 * Our side of a comparison, made of the public packages: the benchmark's network, random images, and AdamW without
 * decay, which is Adam.
 * Starts the wasm engine with its default kernels.
 */
export class Workload {
  readonly work: Work;
  readonly model: MultiLabelModel;
  readonly #batch: Batch;
  readonly #images: Tensor4D;
  readonly #optimiser: BoundOptimiser;
  readonly #loss = binaryCrossEntropy();
  #taken = 0;

  private constructor(work: Work, model: MultiLabelModel) {
    this.work = work;
    this.model = model;
    this.#batch = randomBatch(work);
    this.#images = tensor4d(this.#batch.inputs, this.#batch.shape as Tensor4D['shape']);
    const groups = parameterGroups(model.parameters, { weightDecay: 0, noBiasDecay: false });
    this.#optimiser = adamw().bind(groups);
  }

  static async prepare(work: Work): Promise<Workload> {
    await useEngine('wasm');
    const model = await benchModel(work);
    // As loadModel does.
    if (work.mode === 'eval') model.foldConstants();
    return new Workload(work, model);
  }

  /** One step on the batch. Returns its loss, or the mean output of `eval`. */
  async step(parts: Parts = UNOBSERVED): Promise<number> {
    if (this.work.mode === 'eval') {
      const outputs = parts.forward(() => this.model.predictBatch(this.#images));
      const values = await outputs.data<'float32'>();
      outputs.dispose();
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    }
    const optimiser = this.#optimiser;
    const learning = trainableModel({
      forward: (images, call) => parts.forward(() => forward(this.model.network, images, call) as Tensor2D),
      scale: this.model.scale,
      optimiser: {
        ...optimiser,
        apply: (...call: Parameters<BoundOptimiser['apply']>) => parts.update(() => optimiser.apply(...call)),
      },
    });
    const [{ loss }] = await trainStep([learning], this.#batch, {
      loss: this.#loss,
      reduction: 'mean',
      learningRate: LEARNING_RATE,
      step: this.#taken++,
    });
    return loss;
  }

  /** Steps that do not count: the first compiles and takes memory. */
  async warmUp(): Promise<void> {
    for (let i = 0; i < WARM_UP; i++) await this.step();
  }

  /** Median milliseconds of a step. */
  async time(): Promise<number> {
    await this.warmUp();
    const times: number[] = [];
    for (let i = 0; i < this.work.steps; i++) {
      const start = performance.now();
      await this.step();
      times.push(performance.now() - start);
    }
    return median(times);
  }

  /** Size of the wasm heap, MB; it never shrinks. */
  get heapMegabytes(): number {
    return Math.round(engineMemory().heapBytes / 2 ** 20);
  }

  dispose(): void {
    this.#images.dispose();
    this.#optimiser.dispose();
    this.model.dispose();
  }
}
