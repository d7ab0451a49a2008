import { memory, mul } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { randomImages, smallModel } from './evaluation.fixture.js';
import { concatenate, predictorOf } from './predictor.js';

beforeAll(() => useEngine('wasm'));

async function firstBatch() {
  for await (const batch of randomImages().epoch(0)) return batch;
  throw new Error('no batch');
}

it('gives the same outputs in micro-batches, and leaves no tensors behind', async () => {
  const [model, batch] = [await smallModel(), await firstBatch()];
  const before = memory().numTensors;
  const [whole, parts] = [predictorOf(model.network), predictorOf(model.network, 3)];
  expect([...(await parts.predict(batch))]).toEqual([...(await whole.predict(batch))]);
  whole.dispose();
  parts.dispose();
  expect(memory().numTensors).toBe(before);
  model.dispose();
});

it('changes the images on their way to the network', async () => {
  const [model, batch] = [await smallModel(), await firstBatch()];
  const doubled = predictorOf(model.network, 2, (images) => mul(images, 2));
  const plain = predictorOf(model.network, 2);
  const inputs = batch.inputs.map((value) => 2 * value);
  expect([...(await doubled.predict(batch))]).toEqual([...(await plain.predict({ ...batch, inputs }))]);
  for (const predictor of [doubled, plain]) predictor.dispose();
  model.dispose();
});

it('puts arrays one after the other', () => {
  expect(concatenate([Float32Array.of(1, 2), new Float32Array(0), Float32Array.of(3)])).toEqual(
    Float32Array.of(1, 2, 3),
  );
  expect(concatenate([])).toHaveLength(0);
});
