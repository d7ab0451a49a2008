import type { ImageSize } from '@polytag/core';
import type { ImageNetwork } from '@polytag/evaluation';

export interface BatchQueueOptions {
  /** The size of the network's images. */
  readonly size: ImageSize;
  /** Batches that the network computes at once. */
  readonly lanes: number;
  /** The most images of a batch. */
  readonly batch: number;
  /** How long an image waits for others, ms, while the network has nothing to do. */
  readonly wait: number;
  /** Told of each batch that was computed, and how long it took. */
  readonly onBatch?: (images: number, seconds: number) => void;
}

interface Waiting {
  readonly image: Float32Array;
  readonly since: number;
  readonly resolve: (outputs: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts images of different requests into batches. A batch is computed when it is full, or when its oldest image has waited
 * long enough; while the network computes, the next one fills up. Of one image that cannot be computed none of the others
 * knows: what comes here is decoded.
 */
export class BatchQueue {
  readonly #network: ImageNetwork;
  readonly #options: BatchQueueOptions;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #isEnding = false;
  #timer?: NodeJS.Timeout;

  constructor(network: ImageNetwork, options: BatchQueueOptions) {
    this.#network = network;
    this.#options = options;
  }

  /**
   * @param image [H, W, 3], resized and normalised
   * @param signal once it is aborted, the image is not computed, and its reason is thrown
   * @returns [K] outputs of the network
   */
  add(image: Float32Array, signal: AbortSignal): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = { image, since: performance.now(), resolve, reject };
      const leave = () => {
        const at = this.#waiting.indexOf(entry);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        reject(signal.reason);
        this.#serve();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(entry);
      this.#serve();
    });
  }

  /** From now on nothing waits for others: none of them come. */
  end(): void {
    this.#isEnding = true;
    this.#serve();
  }

  #serve(): void {
    clearTimeout(this.#timer);
    const { lanes, batch } = this.#options;
    const wait = this.#isEnding ? 0 : this.#options.wait;
    while (this.#running < lanes && this.#waiting.length > 0) {
      const left = this.#waiting[0].since + wait - performance.now();
      if (this.#waiting.length < batch && left > 0) {
        this.#timer = setTimeout(() => this.#serve(), left);
        return;
      }
      void this.#compute(this.#waiting.splice(0, batch));
    }
  }

  async #compute(taken: readonly Waiting[]): Promise<void> {
    const { size, onBatch } = this.#options;
    const { height, width } = size;
    const start = performance.now();
    this.#running++;
    try {
      const inputs = new Float32Array(taken.length * height * width * 3);
      taken.forEach(({ image }, i) => inputs.set(image, i * image.length));
      const [outputs] = await this.#network.run({ inputs, shape: [taken.length, height, width, 3] });
      const labels = outputs.length / taken.length;
      taken.forEach(({ resolve }, i) => resolve(outputs.slice(i * labels, (i + 1) * labels)));
    } catch (error) {
      for (const { reject } of taken) reject(error);
    } finally {
      this.#running--;
      onBatch?.(taken.length, (performance.now() - start) / 1000);
      this.#serve();
    }
  }
}
