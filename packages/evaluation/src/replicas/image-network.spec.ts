import { memory, tensor4d } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { randomImages, smallModel } from '../evaluation.fixture.js';
import { imageNetwork } from './image-network.js';

beforeAll(() => useEngine('wasm'));

it('gives the outputs and the features that the model gives, bit for bit, also one image at a time', async () => {
  const model = await smallModel();
  model.foldConstants();
  const before = memory().numTensors;
  const network = imageNetwork(model, ['outputs', 'features']);
  const features = imageNetwork(model, ['features']);
  for await (const { inputs, shape } of randomImages().epoch(0)) {
    const [size, height, width] = shape;
    const images = tensor4d(inputs, [size, height, width, 3]);
    const expected = [model.predictBatch(images), model.embedBatch(images)].map((tensor) => {
      const values = tensor.dataSync<'float32'>();
      tensor.dispose();
      return values;
    });
    images.dispose();
    expect(await network.run({ inputs, shape })).toEqual(expected);
    expect(await features.run({ inputs, shape })).toEqual(expected.slice(1));
    const stride = inputs.length / size;
    const last = { inputs: inputs.slice(-stride), shape: [1, height, width, 3] };
    expect(await network.run(last)).toEqual(expected.map((values) => values.slice(-values.length / size)));
  }
  await network.close();
  await features.close();
  model.foldConstants();
  expect(memory().numTensors).toBe(before);
  model.dispose();
});
