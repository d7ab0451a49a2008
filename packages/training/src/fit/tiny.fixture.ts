import * as z from 'zod';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  defineBackbone,
  defineHead,
  HALF,
  LabelVocabulary,
  RandomStream,
  type Batch,
  type BatchSource,
  type PixelNormalisation,
} from '@polytag/core';
import { BatchNorm, Convolution2D, Dropout, GlobalPool, Linear } from '@polytag/layers';
import { buildModel, type MultiLabelModel } from '@polytag/model';

const SIDE = 8;
const AREA = SIDE * SIDE * 3;
const [IMAGES, BATCH] = [20, 4];
export const labels = new LabelVocabulary(['blue', 'green', 'red']);

export const tinyBackbone = defineBackbone({
  name: 'tiny',
  options: z.strictObject({ seed: z.number().default(0), inputHeight: z.number().optional() }),
  create: ({ seed }) => ({
    name: 'tiny',
    featureChannels: 4,
    stride: 2,
    normalisation: HALF,
    padding: 'symmetric',
    apply: (image) => {
      const map = new Convolution2D({ name: 'conv', filters: 4, kernelSize: 3, stride: 2, seed }).apply(
        image,
      );
      return new BatchNorm({ name: 'bn', activation: 'relu' }).apply(map) as SymbolicTensor;
    },
  }),
});

/** Pooling, dropout (so that a resumed run must draw the same masks), linear. */
const tinyHead = defineHead({
  name: 'tiny',
  options: z.strictObject({ seed: z.number().default(0) }),
  create: ({ seed }) => ({
    name: 'tiny',
    space: 'logits',
    apply: (featureMap, context) => {
      const pooled = new GlobalPool({ name: 'pool' }).apply(featureMap);
      const kept = new Dropout({ name: 'drop', rate: 0.2, seed }).apply(pooled);
      const classifier = new Linear({ name: 'fc', units: context.labels.size, seed });
      return { outputs: classifier.apply(kept) as SymbolicTensor, scale: 1 };
    },
  }),
});

export async function tinyModel(seed = 3, normalisation = HALF): Promise<MultiLabelModel> {
  const part = { name: 'tiny', options: { seed } };
  const parts = [tinyBackbone, tinyHead];
  const size = { height: SIDE, width: SIDE };
  return buildModel({ backbone: part, head: part }, { labels, ...size, normalisation, seed, parts });
}

/**
 * Images whose colours tell their labels, in memory: shuffled for training, in order otherwise. The same ones whatever
 * they are normalised by.
 */
export function colours(name: 'train' | 'val', { broken = false, normalisation = HALF } = {}): BatchSource {
  return {
    labels,
    kind: 'images',
    size: IMAGES,
    batchesPerEpoch: IMAGES / BATCH,
    close: async () => {},
    async *epoch(epoch, { fromBatch = 0 } = {}) {
      const shuffle = new RandomStream(7, `shuffle/${epoch}`);
      const order =
        name === 'train' ? shuffle.permutation(IMAGES) : Uint32Array.from({ length: IMAGES }, (_, i) => i);
      for (let first = fromBatch * BATCH; first < IMAGES; first += BATCH) {
        const drawn = batch(name, order.subarray(first, first + BATCH), broken && epoch === 1 && first > 0);
        yield { ...drawn, inputs: normalised(drawn.inputs, normalisation) };
      }
    },
  };
}

/** Images that are normalised by halves, as another normalisation has them. */
function normalised(images: Float32Array, { mean, std }: PixelNormalisation): Float32Array {
  return images.map((value, i) => (0.5 + 0.5 * value - mean[i % 3]) / std[i % 3]);
}

interface Example {
  readonly image: Float32Array;
  readonly target: Float32Array;
}

const examples = { train: draw('train'), val: draw('val') };

function draw(name: string): Example[] {
  return Array.from({ length: IMAGES }, (_, index) => {
    const random = new RandomStream(7, `${name}/${index}`);
    const target = Float32Array.from({ length: labels.size }, () => random.integer(2));
    // Channels are red, green, blue; labels are sorted the other way round.
    const image = Float32Array.from({ length: AREA }, (_, i) => random.normal() + 0.7 * target[2 - (i % 3)]);
    return { image, target };
  });
}

function batch(name: 'train' | 'val', indices: Uint32Array, broken: boolean): Batch {
  const inputs = new Float32Array(indices.length * AREA);
  const targets = new Float32Array(indices.length * labels.size);
  indices.forEach((index, row) => {
    inputs.set(examples[name][index].image, row * AREA);
    targets.set(examples[name][index].target, row * labels.size);
  });
  // Finite, and their variance is not.
  if (broken) inputs.fill(3e38);
  return { inputs, shape: [indices.length, SIDE, SIDE, 3], targets, indices };
}
