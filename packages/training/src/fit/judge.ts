import { join } from 'node:path';
import type { BatchSource } from '@polytag/core';
import type { Evaluation } from '@polytag/metrics';
import { saveModel } from '@polytag/model';
import { evaluateKeepingScores, type EvaluatedScores } from '@polytag/evaluation';
import type { FitOptions } from './fit.js';
import { runPredictor } from '../step/trainable-model.js';
import type { RunParts } from './run.js';
import { modelsOf } from './trainable-models.js';

/** Evaluates the models of a run with the weights that they have, on all its replicas. */
export class Judge {
  readonly #options: FitOptions;
  readonly #parts: RunParts;
  readonly #microBatch: number;

  constructor(options: FitOptions, parts: RunParts, microBatch: number) {
    this.#options = options;
    this.#parts = parts;
    this.#microBatch = microBatch;
  }

  /** The main model. */
  main(validation: BatchSource): Promise<EvaluatedScores> {
    return this.#judge(0, validation);
  }

  /**
   * Evaluates auxiliary models and saves them in the run folder, which is done once, at the end
   * (docs/method.md#mutual-learning).
   *
   * @returns the evaluation of each; nothing without validation images
   */
  async finishAuxiliary(validation?: BatchSource): Promise<Evaluation[]> {
    const evaluations: Evaluation[] = [];
    for (const [index, model] of modelsOf(this.#options).entries()) {
      if (index === 0) continue;
      if (validation) evaluations.push((await this.#judge(index, validation)).evaluation);
      await saveModel(model, join(this.#parts.folder.path, 'auxiliary', String(index)));
    }
    return evaluations;
  }

  #judge(index: number, validation: BatchSource): Promise<EvaluatedScores> {
    const { replicas } = this.#parts;
    const model = modelsOf(this.#options)[index];
    return evaluateKeepingScores(model, validation, {
      signal: this.#options.signal,
      makePredictor: () =>
        replicas?.predictor(index) ??
        runPredictor(model, validation.kind, this.#options.model, this.#microBatch),
    });
  }
}
