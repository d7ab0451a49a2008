import {
  RandomStream,
  type Batch,
  type BatchSource,
  type InputKind,
  type LabelVocabulary,
} from '@polytag/core';

export interface GeneratedBatches {
  readonly labels: LabelVocabulary;
  readonly kind: InputKind;
  /** [height, width, channels] of an image or a feature map. */
  readonly shape: readonly number[];
  /** Of a full batch. */
  readonly batchSize: number;
  /** Images that a batch is cut down to; asked when the first one is made. */
  readonly atMost: () => number;
}

/** What was done with a batch, from its handing over to the request for the next one. */
export interface BatchUse {
  readonly images: number;
  readonly seconds: number;
}

export interface MeasuredSource extends BatchSource {
  readonly uses: readonly BatchUse[];
}

/** In the first batch code is compiled and memory taken; the second tells what a batch costs. */
const BATCHES = 2;

/** A source of two batches of noise an epoch, which costs nothing to read and measures what is done with them. */
export function generatedBatches({
  labels,
  kind,
  shape,
  batchSize,
  atMost,
}: GeneratedBatches): MeasuredSource {
  const uses: BatchUse[] = [];
  let batch: Batch | undefined;
  return {
    labels,
    kind,
    uses,
    size: BATCHES * batchSize,
    batchesPerEpoch: BATCHES,
    async *epoch() {
      batch ??= noise(labels.size, [Math.min(batchSize, atMost()), ...shape]);
      for (let i = 0; i < BATCHES; i++) {
        const start = performance.now();
        yield batch;
        uses.push({ images: batch.shape[0], seconds: (performance.now() - start) / 1000 });
      }
    },
    close: async () => {},
  };
}

/** Each image (or feature map) is the one before, moved by some pixels. */
function noise(labels: number, shape: readonly number[]): Batch {
  const [size, height, width, channels] = shape;
  const random = new RandomStream(0, 'dry-run');
  const [image, shift] = [height * width * channels, channels * 7];
  const pixels = Float32Array.from({ length: image + shift * size }, () => 2 * random.uniform() - 1);
  const inputs = new Float32Array(size * image);
  for (let i = 0; i < size; i++) inputs.set(pixels.subarray(shift * i, shift * i + image), i * image);
  return {
    inputs,
    shape,
    targets: Float32Array.from({ length: size * labels }, () => random.integer(2)),
    indices: Uint32Array.from({ length: size }, (_, i) => i),
  };
}
