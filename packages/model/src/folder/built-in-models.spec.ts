import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, memory, mul, randomUniform, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { LabelVocabulary, type LabelGraph } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { buildModel } from '../build/build-model.js';
import type { MultiLabelModel } from '../multi-label-model.js';
import { loadModel } from './load-model.js';
import { saveModel } from './save-model.js';

const labels = new LabelVocabulary(['dog', 'cat', 'person']);
const labelGraph: LabelGraph = {
  cooccurrence: { rows: 3, columns: 3, values: Float32Array.of(0, 0.5, 0.1, 0.2, 0, 0.9, 0, 0, 0) },
  wordVectors: { rows: 3, columns: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) },
};

async function outputsOf(model: MultiLabelModel): Promise<number[]> {
  const images = randomUniform([2, 32, 32, 3], -1, 1, 'float32', 5) as Tensor4D;
  const outputs = model.predictBatch(images);
  const values = [...(await outputs.data())];
  images.dispose();
  outputs.dispose();
  return values;
}

describe('a folder of built-in parts', () => {
  let parent: string;
  beforeAll(async () => {
    await useEngine('wasm');
    parent = await mkdtemp(join(tmpdir(), 'polytag-'));
  });
  afterAll(() => rm(parent, { recursive: true }));

  it.each([
    ['linear', {}],
    ['linear', { space: 'cosines', scale: 'auto' }],
    ['gcn', { layer: 'gcn', hiddenScale: 16 }],
    ['gcn', { layer: 'gat', hiddenScale: 16, space: 'cosines' }],
    ['ml-decoder', { embedding: 16, heads: 2, feedForward: 8 }],
  ])(
    'gives back MobileNetV3 with the head %s %p',
    async (name, options) => {
      const folder = join(parent, `${name}-${Object.values(options).join('-')}`);
      const backbone = { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } };
      const before = memory().numTensors;
      const model = await buildModel(
        { backbone, head: { name, options } },
        { labels, height: 32, width: 32, labelGraph },
      );
      // Nothing that is saved equals its initial value.
      for (const { variable } of model.parameters)
        tidy(() => void variable.write(add(mul(variable.read(), 0.9), 0.01)));
      await saveModel(model, folder);
      const loaded = await loadModel(folder);
      const [expected, got] = [await outputsOf(model), await outputsOf(loaded)];
      expect(new Set(expected).size).toBeGreaterThan(3);
      got.forEach((output, i) => expect(output).toBeCloseTo(expected[i], 5));
      expect([loaded.scale, loaded.outputSpace]).toEqual([model.scale, model.outputSpace]);
      expect(loaded.labelGraph).toEqual(labelGraph);
      model.dispose();
      loaded.dispose();
      expect(memory().numTensors).toBe(before);
    },
    60_000,
  );
});
