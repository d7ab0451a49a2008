import { defineHead, LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import * as z from 'zod';
import { buildModel } from './build-model.js';
import { seededRandom } from './seeded-random.js';

const stockHead = defineHead({
  name: 'stock',
  options: z.strictObject({}),
  create: () => ({
    name: 'stock',
    space: 'logits',
    apply: (map, { labels }) => {
      const pooled = layers.globalAveragePooling2d({}).apply(map);
      const classifier = layers.dense({ name: 'classifier', units: labels.size });
      return {
        outputs: classifier.apply(pooled) as SymbolicTensor,
        scale: 1,
        byLabel: () => undefined,
      };
    },
  }),
});

async function firstWeights(seed: number): Promise<number[]> {
  const model = await buildModel(
    {
      backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
      head: { name: 'stock', options: {} },
    },
    { labels: new LabelVocabulary(['cat', 'dog']), height: 32, width: 32, seed, parts: [stockHead] },
  );
  const weights = model.parameters.flatMap(({ variable }) => [...variable.read().dataSync()]);
  model.dispose();
  return weights;
}

it('gives stock layers without a seed the same first weights for the same seed', async () => {
  await useEngine('cpu');
  const weights = await firstWeights(3);
  expect(await firstWeights(3)).toEqual(weights);
  expect(await firstWeights(4)).not.toEqual(weights);
});

it('leaves Math.random as it was, also when a part throws', () => {
  const before = Math.random;
  expect(() =>
    seededRandom(1, 'head', () => {
      throw new Error('own');
    }),
  ).toThrow('own');
  expect(Math.random).toBe(before);
});
