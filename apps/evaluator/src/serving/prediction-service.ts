import type { ImageDecoder } from '@polytag/datasets';
import { PolytagError } from '@polytag/core';
import type { PredictingModel } from '../predicting/predicting-model.js';
import type { BatchQueue } from './batch-queue.js';
import type { ServerMetrics } from './server-metrics.js';

export interface PredictionServiceParts {
  readonly model: Pick<PredictingModel, 'scores'>;
  readonly decoder: ImageDecoder;
  readonly queue: BatchQueue;
  readonly metrics: ServerMetrics;
}

/** From the bytes of a picture to its scores: decoded by a thread, then computed in a batch with those of others. */
export class PredictionService {
  readonly #parts: PredictionServiceParts;

  constructor(parts: PredictionServiceParts) {
    this.#parts = parts;
  }

  /**
   * @param signal once it is aborted, what has not begun is left out, and its reason is thrown
   * @returns [K] probabilities
   * @throws DataError when the picture cannot be used; EngineError; DivergenceError `model/not-a-number`
   */
  async scores(file: Uint8Array, signal: AbortSignal): Promise<Float64Array> {
    const { model, decoder, queue, metrics } = this.#parts;
    try {
      signal.throwIfAborted();
      const end = metrics.decodeSeconds.startTimer();
      const { errors, images } = await decoder.decode([file]);
      end();
      if (errors[0]) throw errors[0];
      signal.throwIfAborted();
      const scores = model.scores(await queue.add(images, signal));
      metrics.images.inc({ outcome: 'predicted' });
      return scores;
    } catch (error) {
      metrics.images.inc({ outcome: error instanceof PolytagError ? error.code : 'defect' });
      throw error;
    }
  }
}
