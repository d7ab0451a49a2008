import type { NetworkInputs } from './batch.js';

/** One of the parts that images are divided into. */
export interface Share {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/**
 * The images of a share: consecutive, of even size, the first shares with the one image more.
 *
 * @param size images of the whole
 * @returns the first, and the one after the last; both the same for a share without an image
 */
export function imagesOfShare(size: number, { index, count }: Share): { from: number; to: number } {
  const startOf = (share: number) => Math.floor(size / count) * share + Math.min(share, size % count);
  return { from: startOf(index), to: startOf(index + 1) };
}

/**
 * Splits a batch into consecutive batches of even size; the first ones may have one image more. A batch with fewer
 * images than `count` becomes one batch per image. Arrays are views of the original's.
 *
 * @param batch inputs and everything that goes with them: targets, indices
 * @returns at least one batch, none of them empty
 */
export function splitBatch<Whole extends NetworkInputs>(batch: Whole, count: number): Whole[] {
  const [size] = batch.shape;
  const pieces = Math.max(1, Math.min(count, size));
  return Array.from({ length: pieces }, (_, index) => {
    const { from, to } = imagesOfShare(size, { index, count: pieces });
    return examples(batch, from, to);
  });
}

/**
 * Splits a batch into as few batches of at most `most` images as possible.
 *
 * @param most images that fit into memory at once; Infinity keeps the batch whole
 */
export const microBatches = <Whole extends NetworkInputs>(batch: Whole, most: number): Whole[] =>
  splitBatch(batch, Math.ceil(batch.shape[0] / most));

/** Those from `from` to, not including, `to`. */
function examples<Whole extends NetworkInputs>(batch: Whole, from: number, to: number): Whole {
  const { inputs, shape, targets, indices } = batch as Whole & {
    readonly targets?: Float32Array;
    readonly indices?: Uint32Array;
  };
  const [size, ...rest] = shape;
  const [values, labels] = [inputs.length / size, (targets?.length ?? 0) / size];
  return {
    ...batch,
    inputs: inputs.subarray(from * values, to * values),
    shape: [to - from, ...rest],
    ...(targets && { targets: targets.subarray(from * labels, to * labels) }),
    ...(indices && { indices: indices.subarray(from, to) }),
  };
}
