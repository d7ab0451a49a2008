import { memory, type Variable } from '@tensorflow/tfjs-core';
import { EngineError, memoryText, UsageError, type ElementwiseLoss } from '@polytag/core';
import { engineName, peakHeapBytes, readValues, writeValues } from '@polytag/engine';
import { gradientsOf } from './gradients.js';
import type { TrainableNetwork } from './trainable-model.js';

export interface MicroBatchOptions {
  readonly networks: readonly TrainableNetwork[];
  /** Running statistics of the networks: a trial must not move them. */
  readonly buffers: readonly Variable[];
  /** [height, width, channels] of an image, or of a feature map. */
  readonly shape: readonly number[];
  readonly labels: number;
  /** Images that one replica gets of a batch. */
  readonly share: number;
  /** Bytes that the heap of one replica may have. */
  readonly maxHeap: number;
  /** Bytes that a step has in use beside what the tape holds, e.g. added gradients. */
  readonly beside: number;
}

/** Part of the heap that can be in use: the rest is lost in holes, and to what the stock kernels take inside. */
const USABLE = 0.85;

/** What a loss itself takes is nothing beside a network's feature maps. */
const SUM_OF_OUTPUTS: ElementwiseLoss = { name: 'sum', space: 'logits', elementwise: (outputs) => outputs };

/**
 * The most images of a share that a forward and backward pass may hold at once, from a pass over two images and, unless
 * that leaves room for all, over four (or one): what the tape holds grows evenly. A function of networks, image size and `maxHeap` alone, so not of
 * what else the machine does. All of the share on engines without a heap of their own.
 *
 * @throws EngineError `engine/out-of-memory` when there is no room for one image, or for the two that a batch norm needs
 * @throws UsageError `usage/batch-too-small` when a share is one image and a batch norm needs two; what else a pass throws
 */
export async function largestMicroBatch(options: MicroBatchOptions): Promise<number> {
  const { share, maxHeap, beside } = options;
  if (engineName() !== 'wasm') return share;
  const kept = memory().numBytes + beside;
  const room = maxHeap * USABLE - kept;
  const two = share < 2 ? Infinity : await trial(options, 2);
  if (two > room) {
    // A share of one image has no other way: what that throws is the reason.
    const one = share < 2 ? await trial(options, 1) : await trialOfOne(options);
    if (one !== undefined && one <= room) return 1;
    const least = one ?? two;
    const needed =
      least === Infinity ? 'more memory than available' : `about ${memoryText((least + kept) / USABLE)}`;
    throw new EngineError(
      'engine/out-of-memory',
      `A training step on ${one === undefined ? 'two images' : 'one image'} of ${options.shape[0]} x ${options.shape[1]} pixels needs ${needed}, ` +
        `but training.maxHeap is ${memoryText(maxHeap)}.`,
      {
        hint: 'Raise it (at most --set training.maxHeap=4GB), or use smaller images or a smaller backbone.',
      },
    );
  }
  // Two images take twice what one adds, and what a pass takes in any case. Where all pairs have room, each with that, all
  // images have: four need not be tried.
  if (share <= 2 || (share / 2) * two <= room) return share;
  return Math.min(share, 2 + Math.floor((room - two) / (await forAnother(options, two))));
}

/** Bytes that one image more takes. Four are not tried where they may exceed the heap: it never shrinks again. */
async function forAnother(options: MicroBatchOptions, two: number): Promise<number> {
  const mayExceed = memory().numBytes + 2 * two > options.maxHeap;
  const one = mayExceed ? await trialOfOne(options) : undefined;
  return one === undefined ? ((await trial(options, 4)) - two) / 2 : two - one;
}

/** Of one image; undefined where a batch norm needs two. */
async function trialOfOne(options: MicroBatchOptions): Promise<number | undefined> {
  try {
    return await trial(options, 1);
  } catch (error) {
    if (error instanceof UsageError && error.code === 'usage/batch-too-small') return undefined;
    throw error;
  }
}

/** Bytes that a pass over blank images has in use at most; Infinity when the heap is too small for it. */
async function trial(options: MicroBatchOptions, size: number): Promise<number> {
  const { networks, buffers, shape, labels } = options;
  const before = buffers.map((buffer) => {
    const values = new Float32Array(buffer.size);
    readValues(buffer, values);
    return values;
  });
  const values = shape.reduce((product, length) => product * length, size);
  const blank = {
    inputs: new Float32Array(values),
    shape: [size, ...shape],
    targets: new Float32Array(size * labels),
  };
  try {
    return await peakHeapBytes(async () => {
      const { gradients } = await gradientsOf(networks, blank, {
        loss: SUM_OF_OUTPUTS,
        reduction: 'sum',
        step: 0,
      });
      gradients.forEach((gradient) => gradient.dispose());
    });
  } catch (error) {
    if (error instanceof EngineError && error.code === 'engine/out-of-memory') return Infinity;
    throw error;
  } finally {
    buffers.forEach((buffer, i) => writeValues(buffer, before[i]));
  }
}
