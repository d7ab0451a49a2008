import { ones, type Tensor } from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { useEngine } from '@polytag/engine';
import { AngularLinear, BatchNorm, Convolution2D, GlobalPool, parametersOf } from './index.js';

it('runs the example of the README', async () => {
  await useEngine('cpu');

  const image = input({ shape: [32, 32, 3] });
  const layers = [
    new Convolution2D({ name: 'stem.0', filters: 8, kernelSize: 3, stride: 2, padding: 'same' }),
    new BatchNorm({ name: 'stem.1', activation: 'hard-swish' }),
    new GlobalPool({ name: 'pool' }),
    new AngularLinear({ name: 'classifier', units: 20 }),
  ];
  const cosines = layers.reduce((x, layer) => layer.apply(x) as SymbolicTensor, image);
  const network = model({ inputs: image, outputs: cosines });
  const output = network.apply(ones([2, 32, 32, 3]), { training: true, step: 0 }) as Tensor;

  expect(output.shape).toEqual([2, 20]);
  expect(parametersOf(network).map(({ key }) => key)).toContain('stem.1.running_var');
});
