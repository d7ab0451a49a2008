import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { defineBackbone, defineHead, UNIT, type OutputSpace } from '@polytag/core';
import { BatchNorm, Convolution2D, GlobalPool, Linear } from '@polytag/layers';
import * as z from 'zod';

/** A backbone of two layers, with published-looking keys. */
export const tinyBackbone = defineBackbone({
  name: 'tiny',
  options: z.strictObject({
    channels: z.int().positive().default(4),
    seed: z.int().default(0),
    inputHeight: z.int().optional(),
  }),
  create: ({ channels, seed }) => ({
    name: 'tiny',
    featureChannels: channels,
    stride: 2,
    normalisation: UNIT,
    padding: 'symmetric' as const,
    apply: (image) => {
      const map = new Convolution2D({
        name: 'features.0.0',
        filters: channels,
        kernelSize: 3,
        stride: 2,
        padding: 'symmetric',
        seed,
      }).apply(image);
      return new BatchNorm({ name: 'features.0.1', activation: 'relu', seed }).apply(map) as SymbolicTensor;
    },
  }),
});

/** A head of one classifier. */
export const tinyHead = defineHead({
  name: 'mean',
  options: z.strictObject({
    scale: z.number().positive().default(1),
    space: z.enum(['logits', 'cosines']).default('logits'),
    needsGraph: z.boolean().default(false),
  }),
  create: ({ scale, space, needsGraph }) => ({
    name: 'mean',
    space: space as OutputSpace,
    apply: (map, { labels, seed, labelGraph }) => {
      if (needsGraph && !labelGraph) throw new Error('no label graph');
      const pooled = new GlobalPool({ name: 'pool' }).apply(map);
      const classifier = new Linear({ name: 'classifier', units: labels.size, seed });
      return { outputs: classifier.apply(pooled) as SymbolicTensor, scale };
    },
  }),
});

/** A head of plain tfjs layers, as a user may write one. */
export const plainHead = defineHead({
  name: 'plain',
  options: z.strictObject({}),
  create: () => ({
    name: 'plain',
    space: 'logits' as const,
    apply: (map, { labels }) => {
      const pooled = layers
        .globalAveragePooling2d({ name: 'plain_pool', dataFormat: 'channelsLast' })
        .apply(map);
      const classifier = layers.dense({ name: 'plain_classifier', units: labels.size });
      return { outputs: classifier.apply(pooled) as SymbolicTensor, scale: 1 };
    },
  }),
});

export const tinyParts = [tinyBackbone, tinyHead, plainHead];
