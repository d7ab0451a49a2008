import { ones, type Tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { parametersOf } from '@polytag/layers';
import { buildBackbone, mobileNetV3 } from './index.js';

it('runs the example of the README', async () => {
  await useEngine('wasm');

  const backbone = mobileNetV3({ size: 'small', layout: 'torchvision', padding: 'same' });
  const network = buildBackbone(backbone);
  const featureMap = network.apply(ones([1, 96, 64, 3])) as Tensor;

  expect(backbone.featureChannels).toBe(576);
  expect(featureMap.shape).toEqual([1, 3, 2, 576]);
  expect(parametersOf(network)[0].key).toBe('features.0.0.weight');
});
