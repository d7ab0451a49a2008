import { grad, memory, mul, randomNormal, sum, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { input, layers, LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { peakHeapBytes, useEngine } from '@polytag/engine';
import { Activation, AddResidual, BatchNorm, Convolution2D, Dropout, GlobalPool, Linear } from '../index.js';
import { forward } from './forward.js';

const CALL = { training: true, step: 2 };

/** Residual blocks, a stock layer that hands its input on, and two outputs of which one is read further. */
function network(blocks: number): LayersModel {
  const image = input({ shape: [8, 8, 3] });
  let x = new Convolution2D({ name: 'stem', filters: 8, kernelSize: 3 }).apply(image) as SymbolicTensor;
  for (let i = 0; i < blocks; i++) {
    const inner = new Linear({ name: `conv${i}`, units: 8 }).apply(x) as SymbolicTensor;
    const normed = new BatchNorm({ name: `bn${i}` }).apply(inner) as SymbolicTensor;
    const both = new AddResidual({ name: `sum${i}` }).apply([normed, x]);
    x = new Activation({ name: `relu${i}`, activation: 'relu' }).apply(both) as SymbolicTensor;
  }
  const same = layers.activation({ name: 'same', activation: 'linear' }).apply(x) as SymbolicTensor;
  const dropped = new Dropout({ name: 'drop', rate: 0.3, seed: 1 }).apply(same);
  const pooled = new GlobalPool({ name: 'pool' }).apply(dropped);
  return model({
    inputs: image,
    outputs: [x, new Linear({ name: 'fc', units: 4 }).apply(pooled) as SymbolicTensor],
  });
}

describe.each(['wasm', 'cpu'] as const)('forward on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it('gives the outputs and gradients of the network itself, and leaves nothing behind', () => {
    const [one, two] = [network(2), network(2)];
    const x = randomNormal([2, 8, 8, 3], 0, 1, 'float32', 7);
    const before = memory().numTensors;
    tidy(() => {
      const loss = (outputs: Tensor[]) => sum(mul(sum(outputs[0]), outputs[1]));
      const expected = one.apply(x, CALL) as Tensor[];
      const got = forward(two, x, CALL) as Tensor[];
      got.forEach((output, i) => expect(output.dataSync()).toEqual(expected[i].dataSync()));
      const gradients = [
        grad((z: Tensor) => loss(one.apply(z, CALL) as Tensor[]))(x),
        grad((z: Tensor) => loss(forward(two, z, CALL) as Tensor[]))(x),
      ];
      expect(gradients[1].dataSync()).toEqual(gradients[0].dataSync());
    });
    expect(memory().numTensors).toBe(before);
    [one, two].forEach((each) => each.dispose());
  });
});

it('holds only what is read later', async () => {
  await useEngine('wasm');
  const whole = network(12);
  const x = randomNormal([64, 8, 8, 3], 0, 1, 'float32', 7);
  const peak = (run: () => unknown) => peakHeapBytes(async () => tidy(() => void run()));
  const [stock, own] = [await peak(() => whole.apply(x, CALL)), await peak(() => forward(whole, x, CALL))];
  // Without a gradient nothing is saved: a few maps of 128 kB are left of the 48; the rest is working memory.
  expect(stock - own).toBeGreaterThan(40 * 2 ** 17);
  whole.dispose();
});

it('runs a subclass of LayersModel as it is', () => {
  class Own extends LayersModel {
    override apply() {
      return 'own' as never;
    }
  }
  const { inputs, outputs } = network(1);
  const own = new Own({ inputs: inputs as SymbolicTensor[], outputs: outputs as SymbolicTensor[] });
  expect(forward(own, randomNormal([1, 8, 8, 3]), CALL)).toBe('own');
});
