import { add, grad, memory, mul, ones, randomNormal, sum, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { useEngine } from '@polytag/engine';
import { InferenceNetwork } from '../inference/inference-network.js';
import { BatchNorm, Convolution2D, Dropout, GlobalPool, Linear } from '../index.js';
import { NetworkPart } from './network-part.js';

/** A convolution, whose result a head reads twice: through a dropout and a norm, and directly. */
function network(): { whole: LayersModel; backbone: LayersModel; head: NetworkPart } {
  const image = input({ shape: [8, 8, 3] });
  const map = new Convolution2D({ name: 'conv', filters: 4, kernelSize: 3 }).apply(image) as SymbolicTensor;
  const norm = new BatchNorm({ name: 'bn', activation: 'relu' }).apply(map);
  const dropped = new Dropout({ name: 'drop', rate: 0.5, seed: 1 }).apply(norm);
  const added = layers.add({ name: 'both' }).apply([dropped as SymbolicTensor, map]);
  const pooled = new GlobalPool({ name: 'pool' }).apply(added);
  const outputs = new Linear({ name: 'fc', units: 3 }).apply(pooled) as SymbolicTensor;
  return {
    whole: model({ inputs: image, outputs }),
    backbone: model({ inputs: image, outputs: map }),
    head: new NetworkPart({ inputs: [map], outputs: [outputs] }),
  };
}

beforeAll(() => useEngine('wasm'));

it.each([{ training: false }, { training: true, step: 3 }])('goes on where the rest ended, %j', (call) => {
  const { whole, backbone, head } = network();
  const x = randomNormal([2, 8, 8, 3], 0, 1, 'float32', 7);
  const before = memory().numTensors;
  tidy(() => {
    const expected = (whole.apply(x, call) as Tensor).dataSync();
    expect((head.apply(backbone.apply(x, call) as Tensor, call) as Tensor).dataSync()).toEqual(expected);
  });
  expect(memory().numTensors).toBe(before);
});

it('has the gradient of the rest, and can be folded', () => {
  const { backbone, head } = network();
  const map = backbone.apply(randomNormal([2, 8, 8, 3], 0, 1, 'float32', 7)) as Tensor;
  const direction = randomNormal(map.shape, 0, 1, 'float32', 8);
  const value = (at: Tensor) => sum(head.apply(at, { training: false }) as Tensor);
  const slope = tidy(() => sum(mul(grad(value)(map), direction)).dataSync()[0]);
  const step = 1e-2;
  const [after, before] = [step, -step].map((by) => value(add(map, mul(direction, by))).dataSync()[0]);
  // Central difference; ReLU's kinks and float32 leave less than this of it.
  expect(Math.abs((after - before) / (2 * step) - slope)).toBeLessThan(2e-2 * Math.max(1, Math.abs(slope)));

  const folded = new InferenceNetwork(head);
  const [output] = folded.apply(map);
  expect(output.dataSync()).toEqual((head.apply(map, { training: false }) as Tensor).dataSync());
  folded.dispose();
});

it('refuses what does not come from its inputs', () => {
  const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
  const outputs = [layers.add().apply([a, b]) as SymbolicTensor];
  expect(() => new NetworkPart({ inputs: [a], outputs }).apply(ones([1, 2]))).toThrow();
});
