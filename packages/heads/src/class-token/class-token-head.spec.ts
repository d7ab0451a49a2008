import { concat, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { input, model } from '@tensorflow/tfjs-layers';
import { applyHead } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { parametersOf } from '@polytag/layers';
import { randomTensor, reloaded, vocabulary } from '../head-model.fixture.js';
import { classTokenHead } from './index.js';

beforeAll(() => useEngine('cpu'));

function networkOf(space: 'logits' | 'cosines') {
  const [map, classToken] = [input({ shape: [null, null, 8] }), input({ shape: [8] })];
  const { outputs, byLabel } = applyHead(classTokenHead({ space }), map, {
    labels: vocabulary(3),
    seed: 1,
    backbone: { featureChannels: 8 },
    classToken,
  });
  return { network: model({ inputs: [map, classToken], outputs }), byLabel };
}

it('classifies the class token beside the mean of the map', async () => {
  const { network } = networkOf('logits');
  expect(parametersOf(network).map(({ key }) => key)).toEqual(['linear_head.weight', 'linear_head.bias']);
  const [weight, bias] = parametersOf(network).map(({ variable }) => variable.read());
  const [map, token] = [randomTensor([2, 3, 2, 8], 3), randomTensor([2, 8], 4)];
  const again = await reloaded(network);
  tidy(() => {
    const features = concat([token, map.mean([1, 2])], 1) as Tensor2D;
    const expected = features
      .matMul(weight as Tensor2D)
      .add(bias)
      .dataSync();
    const outputs = network.apply([map, token]) as Tensor;
    outputs.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    expect((again.apply([map, token]) as Tensor).dataSync()).toEqual(outputs.dataSync());
  });
});

it.each([
  ['logits', ['linear_head.weight', 'linear_head.bias']],
  ['cosines', ['linear_head.weight']],
] as const)('says how its weights follow the labels: %s', (space, keys) => {
  const { network, byLabel } = networkOf(space);
  expect(parametersOf(network).map(({ key }) => key)).toEqual(keys);
  for (const key of keys) expect(byLabel!(key)).toBeDefined();
});
