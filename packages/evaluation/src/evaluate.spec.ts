import { memory, reverse4d, tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import { DataError, InterruptedError, LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { evaluateScores, scoresFromOutputs } from '@polytag/metrics';
import { evaluate, evaluateKeepingScores, modelOutputs } from './evaluate.js';
import { randomImages, smallModel } from './evaluation.fixture.js';

beforeAll(() => useEngine('wasm'));

it('puts every image through the model once, in the order of the source', async () => {
  const [model, source] = [await smallModel(), randomImages()];
  // Evaluation folds the batch norms for itself; the same weights give the same bits.
  model.foldConstants();
  const outputs: number[] = [];
  const targets: number[] = [];
  for await (const batch of source.epoch(0)) {
    const images = tensor4d(batch.inputs, batch.shape as Tensor4D['shape']);
    const result = model.predictBatch(images);
    outputs.push(...result.dataSync<'float32'>());
    targets.push(...batch.targets);
    images.dispose();
    result.dispose();
  }
  const done: number[] = [];
  const before = memory().numTensors;
  const got = await modelOutputs(model, source, { report: (images) => done.push(images) });
  expect(memory().numTensors).toBe(before);
  expect(got.images).toBe(source.size);
  expect([...got.outputs]).toEqual(outputs);
  expect([...got.targets]).toEqual(targets);
  expect(done).toEqual([4, 8, 10]);

  const { scale } = model;
  const expected = evaluateScores({
    outputs,
    scale,
    targets,
    images: source.size,
    labels: model.labels.names,
  });
  expect(await evaluate(model, source)).toEqual(expected);
  const { table, evaluation } = await evaluateKeepingScores(model, source);
  expect(evaluation).toEqual(expected);
  expect(table).toEqual({
    scores: scoresFromOutputs(outputs, scale),
    targets: got.targets,
    images: source.size,
    classes: 3,
  });
  model.dispose();
});

it('refuses data with other labels', async () => {
  const model = await smallModel();
  const source = { ...randomImages(), labels: new LabelVocabulary(['blue', 'green', 'yellow']) };
  await expect(evaluate(model, source)).rejects.toThrow(DataError);
  model.dispose();
});

it('stops when told to', async () => {
  const model = await smallModel();
  const options = { signal: AbortSignal.abort() };
  await expect(evaluate(model, randomImages(), options)).rejects.toThrow(InterruptedError);
  model.dispose();
});

it('runs mirror images beside those as they are', async () => {
  const [model, source] = [await smallModel(), randomImages()];
  const flipped = {
    ...source,
    async *epoch(...given: Parameters<typeof source.epoch>) {
      for await (const batch of source.epoch(...given)) {
        const images = tensor4d(batch.inputs, batch.shape as Tensor4D['shape']);
        const turned = reverse4d(images, 2);
        yield { ...batch, inputs: turned.dataSync<'float32'>() };
        images.dispose();
        turned.dispose();
      }
    },
  };
  const both = await modelOutputs(model, source, { mirror: true });
  expect(both.outputs).toEqual((await modelOutputs(model, source)).outputs);
  expect(both.mirrored).toEqual((await modelOutputs(model, flipped)).outputs);
  expect(both.mirrored).not.toEqual(both.outputs);
  await expect(
    modelOutputs(model, { ...source, kind: 'feature-maps' }, { mirror: true }),
  ).rejects.toMatchObject({ code: 'usage/no-mirror-image' });
});
