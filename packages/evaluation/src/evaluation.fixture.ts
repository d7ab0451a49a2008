import { LabelVocabulary, RandomStream, type Batch, type BatchSource } from '@polytag/core';
import { buildModel, type MultiLabelModel } from '@polytag/model';

export const labels = new LabelVocabulary(['blue', 'green', 'red']);
const SIDE = 32;
const [IMAGES, BATCH] = [10, 4];

export function smallModel(): Promise<MultiLabelModel> {
  return buildModel(
    {
      backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
      head: { name: 'linear', options: { space: 'cosines', scale: 17 } },
    },
    { labels, height: SIDE, width: SIDE, seed: 3 },
  );
}

/** Ten random images with random labels, in memory, always in the same order; the last batch has two. */
export function randomImages(): BatchSource {
  const random = new RandomStream(7, 'images');
  const images = Float32Array.from({ length: IMAGES * SIDE * SIDE * 3 }, () => random.normal());
  const targets = Float32Array.from({ length: IMAGES * labels.size }, () => random.integer(2));
  const batch = (from: number, to: number): Batch => ({
    inputs: images.slice(from * SIDE * SIDE * 3, to * SIDE * SIDE * 3),
    shape: [to - from, SIDE, SIDE, 3],
    targets: targets.slice(from * labels.size, to * labels.size),
    indices: Uint32Array.from({ length: to - from }, (_, i) => from + i),
  });
  return {
    labels,
    kind: 'images',
    size: IMAGES,
    batchesPerEpoch: Math.ceil(IMAGES / BATCH),
    async *epoch(_epoch, { fromBatch = 0 } = {}) {
      for (let from = fromBatch * BATCH; from < IMAGES; from += BATCH)
        yield batch(from, Math.min(from + BATCH, IMAGES));
    },
    close: async () => {},
  };
}
