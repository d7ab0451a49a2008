import { memory, tensor4d } from '@tensorflow/tfjs-core';
import { DataError, InterruptedError, LabelVocabulary } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { evaluateScores } from '@polytag/metrics';
import { colours, tinyModel } from '../fit/tiny.fixture.js';
import { evaluate, modelOutputs } from './evaluate.js';

beforeAll(() => useEngine('cpu'));

it('puts every image through the model once, in the order of the source', async () => {
  const [model, source] = [await tinyModel(), colours('val')];
  // Evaluation folds the batch norms for itself; the same weights give the same bits.
  model.foldConstants();
  const outputs: number[] = [];
  const targets: number[] = [];
  for await (const batch of source.epoch(0)) {
    const result = model.predictBatch(tensor4d(batch.images, [batch.size, batch.height, batch.width, 3]));
    outputs.push(...result.dataSync<'float32'>());
    targets.push(...batch.targets);
  }
  const done: number[] = [];
  const before = memory().numTensors;
  const got = await modelOutputs(model, source, { report: (images) => done.push(images) });
  expect(memory().numTensors).toBe(before);
  expect(got.images).toBe(source.size);
  expect([...got.outputs]).toEqual(outputs);
  expect([...got.targets]).toEqual(targets);
  expect(done.at(-1)).toBe(source.size);

  const { labels, scale } = model;
  const expected = evaluateScores({ outputs, scale, targets, images: source.size, labels: labels.names });
  expect(await evaluate(model, source)).toEqual(expected);
});

it('refuses data with other labels', async () => {
  const source = { ...colours('val'), labels: new LabelVocabulary(['blue', 'green', 'yellow']) };
  await expect(evaluate(await tinyModel(), source)).rejects.toThrow(DataError);
});

it('stops when told to', async () => {
  const options = { signal: AbortSignal.abort() };
  await expect(evaluate(await tinyModel(), colours('val'), options)).rejects.toThrow(InterruptedError);
});
