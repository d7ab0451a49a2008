import type { Tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { parametersOf } from '@polytag/layers';
import type { Penultimate } from '@polytag/core';
import { applied, headModel, keysOf, randomTensor, reloaded, run } from '../head-model.fixture.js';
import { linearHead, linearHeadDefinition } from './index.js';

beforeAll(() => useEngine('cpu'));

const own: Penultimate = {
  width: 12,
  batchNorm: true,
  epsilon: 1e-5,
  names: {
    linear: 'classifier.0',
    batchNorm: 'classifier.1',
    activation: 'classifier.2',
    classifier: 'classifier.4',
  },
  linearIsConvolution: false,
};
const convolution: Penultimate = {
  ...own,
  batchNorm: false,
  names: { linear: 'conv_head', batchNorm: '', activation: 'act2', classifier: 'classifier' },
  linearIsConvolution: true,
};
const on = (penultimate?: Penultimate) => ({ backbone: { featureChannels: 8, penultimate } });

it('pools and classifies', () => {
  const built = headModel(linearHead(), 3);
  expect(keysOf(built)).toEqual(['classifier.weight', 'classifier.bias']);
  const x = randomTensor([2, 2, 2, 8], 3);
  const [weight, bias] = parametersOf(built).map(({ variable }) => variable.read());
  const expected = x.mean([1, 2]).matMul(weight).add(bias).dataSync();
  run(built, x).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
});

// Keys of the authors' MobileNetV3 and of timm's, with and without the angular margin loss.
it.each([
  [
    'logits',
    own,
    ['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var', '4.weight', '4.bias'],
  ],
  [
    'cosines',
    own,
    ['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var', '2.weight', '4.weight'],
  ],
] as const)('has the published keys of the hidden layer: %s', (space, penultimate, keys) => {
  const built = headModel(linearHead({ space }), 3, on(penultimate));
  expect(keysOf(built)).toEqual(keys.map((key) => `classifier.${key}`));
});

it('stores a hidden convolution as one', () => {
  const built = headModel(linearHead({ space: 'cosines' }), 3, on(convolution));
  expect(parametersOf(built).map(({ key, layout }) => [key, layout])).toEqual([
    ['conv_head.weight', 'pointwise'],
    ['conv_head.bias', 'plain'],
    ['act2.weight', 'plain'],
    ['classifier.weight', 'plain'],
  ]);
});

it('leaves the hidden layer out when told so', () => {
  expect(keysOf(headModel(linearHead({ hidden: 'none' }), 3, on(own)))).toEqual([
    'classifier.weight',
    'classifier.bias',
  ]);
});

it('gives the classifier the name that the backbone’s published network has', () => {
  const keys = (options: object) =>
    keysOf(headModel(linearHead(options), 3, { backbone: { featureChannels: 8, classifier: 'head.fc' } }));
  expect(keys({})).toEqual(['head.fc.weight', 'head.fc.bias']);
  expect(keys({ space: 'cosines' })).toEqual(['head.fc.weight']);
});

it('gives cosines that do not depend on the size of the features', () => {
  const built = headModel(linearHead({ space: 'cosines', pooling: 'avg+max' }), 5);
  const x = randomTensor([2, 3, 2, 8], 4);
  const cosines = run(built, x);
  cosines.forEach((value) => expect(Math.abs(value)).toBeLessThanOrEqual(1));
  run(built, x.mul(7)).forEach((value, i) => expect(value).toBeCloseTo(cosines[i], 5));
});

it('drops what the classifier reads in training alone', () => {
  const [plain, dropping] = [0, 0.5].map((dropout) => headModel(linearHead({ dropout }), 3, on(own)));
  expect(keysOf(dropping)).toEqual(keysOf(plain));
  const x = randomTensor([4, 2, 2, 8], 3);
  expect(run(dropping, x)).toEqual(run(plain, x));
  const inTraining = (step: number) => [
    ...(dropping.apply(x, { training: true, step }) as Tensor).dataSync(),
  ];
  expect(inTraining(1)).toEqual(inTraining(1));
  expect(inTraining(1)).not.toEqual(inTraining(2));
});

it('says whether it reads the mean alone', () => {
  const readsMean = (pooling: 'avg' | 'max') => applied(linearHead({ pooling }), 3).readsMean;
  expect([readsMean('avg'), readsMean('max')]).toEqual([true, false]);
});

it('says its space, and its scale for the labels', () => {
  expect(linearHead()).toMatchObject({ name: 'linear', space: 'logits' });
  expect(applied(linearHead(), 80).scale).toBe(1);
  expect(applied(linearHead({ space: 'cosines', scale: 17 }), 80).scale).toBe(17);
  const automatic = linearHead({ space: 'cosines', scale: 'auto' });
  expect(applied(automatic, 80).scale).toBeCloseTo(9.77, 2);
  expect(linearHeadDefinition.name).toBe('linear');
  expect(() => linearHead({ poling: 'max' } as never)).toThrow('poling');
});

it('comes back from its saved form', async () => {
  const built = headModel(linearHead({ space: 'cosines' }), 3, on(own));
  const x = randomTensor([2, 2, 2, 8], 5);
  expect(run(await reloaded(built), x)).toEqual(run(built, x));
});
