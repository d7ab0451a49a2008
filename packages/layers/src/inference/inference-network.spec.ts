import {
  abs,
  memory,
  mul,
  neg,
  tensor,
  tidy,
  type Tensor,
  type Tensor4D,
  type Variable,
} from '@tensorflow/tfjs-core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { RandomStream, type PaddingRule } from '@polytag/core';
import { emaUpdate, useEngine } from '@polytag/engine';
import * as polytag from '../index.js';
import { InferenceNetwork } from './inference-network.js';

let random: RandomStream;
beforeEach(() => (random = new RandomStream(3, 'inference')));

const normal = (shape: number[], scale = 1): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * random.normal()),
    shape,
  );

const { pipe } = polytag;
const image = (channels = 3) => input({ shape: [null, null, channels] });
const norm = (name: string, options: object = {}) => new polytag.BatchNorm({ name, ...options });

/** Gives every batch norm of a network statistics and weights of its own; variances from `least` up. */
function unsettle(network: LayersModel, least: number): void {
  for (const { key, variable } of polytag.parametersOf(network)) {
    const shape = variable.shape as number[];
    const values = normal(shape);
    // Spread over three powers of ten above the least.
    const variances = values.dataSync().map((v) => least * 10 ** (3 * Math.min(1, Math.abs(v))));
    if (key.endsWith('running_var')) variable.write(tensor(variances, shape));
    else if (/running_mean|bn\d?\.(weight|bias)/.test(key)) variable.write(values);
  }
}

const plainly = (network: LayersModel, x: Tensor): Tensor[] =>
  [network.apply(x, { training: false }) as Tensor | Tensor[]].flat();

/** Largest difference of any output over the largest magnitude of that output. */
function deviation(got: readonly Tensor[], expected: readonly Tensor[]): number {
  expect(got.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  const worst = expected.map((output, i) => {
    const [a, b] = [got[i].dataSync<'float32'>(), output.dataSync<'float32'>()];
    const absmax = b.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    return b.reduce((m, v, k) => Math.max(m, Math.abs(v - a[k])), 0) / absmax;
  });
  return Math.max(...worst);
}

/** Names of the layers that run by themselves in the folded network. */
function alone(network: LayersModel, x: Tensor): string[] {
  const inference = new InferenceNetwork(network);
  const ran: string[] = [];
  for (const layer of network.layers) {
    const call = layer.call.bind(layer);
    layer.call = (...args) => {
      ran.push(layer.name);
      return call(...args);
    };
  }
  for (const output of inference.apply(x)) output.dispose();
  // The method of its class shows again.
  for (const layer of network.layers) Reflect.deleteProperty(layer, 'call');
  inference.dispose();
  return ran;
}

/**
 * activation(Σ|w|·|x|·|scale| + |bias|·|scale| + |mean|·|scale| + |shift|) at each element: the network with the absolute
 * values of everything. Leaves those in the network.
 */
function magnitudes(network: LayersModel, normalised: SymbolicTensor, x: Tensor): Float32Array {
  return tidy(() => {
    for (const { key, variable } of polytag.parametersOf(network)) {
      const size = abs(variable.read());
      variable.write(key.endsWith('running_mean') ? neg(size) : size);
    }
    const part = model({ inputs: network.inputs, outputs: normalised });
    return (part.apply(abs(x)) as Tensor).dataSync() as Float32Array;
  });
}

describe.each(['wasm', 'cpu'] as const)('InferenceNetwork on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it('folds one map within its roundings, at any statistics and size, under both padding rules', () => {
    const activations = ['identity', 'relu', 'hard-swish', 'silu', 'leaky-relu'] as const;
    const cases = fc.record({
      map: fc.constantFrom('dense', 'depthwise', 'linear'),
      padding: fc.constantFrom<PaddingRule>('symmetric', 'same'),
      activation: fc.constantFrom(...activations),
      inLayer: fc.boolean(),
      abn: fc.boolean(),
      least: fc.constantFrom(1e-12, 1e-6, 1e-2, 1),
      stride: fc.constantFrom(1, 2),
      size: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(cases, ({ map, padding, activation, inLayer, abn, least, stride, size }) => {
        const common = { name: 'conv', kernelSize: 3, stride, padding };
        const made = {
          dense: () => new polytag.Convolution2D({ ...common, filters: 5 }),
          depthwise: () => new polytag.DepthwiseConvolution2D(common),
          linear: () => new polytag.Linear({ name: 'conv', units: 4 }),
        };
        const x0 = image();
        const ends = { activation, slope: 0.2 };
        const kind = abn ? polytag.Abn : polytag.BatchNorm;
        const batchNorm = new kind({ name: 'bn', ...(inLayer ? {} : ends) });
        const z = pipe(x0, made[map as keyof typeof made](), batchNorm);
        const y = inLayer ? pipe(z, new polytag.Activation({ name: 'act', ...ends })) : z;
        const network = model({ inputs: x0, outputs: y });
        unsettle(network, least);
        const x = normal([2, size, size, 3]);
        expect(alone(network, x)).toEqual([]);

        const before = memory().numTensors;
        const inference = new InferenceNetwork(network);
        expect(memory().numTensors).toBe(before + 2);
        const [[got], [expected]] = [inference.apply(x), plainly(network, x)];
        inference.dispose();
        expect(memory().numTensors).toBe(before + 2);

        // Sums of at most 27 products, then a scale and a shift, each rounded by at most 2^-24 of the sum of the terms'
        // magnitudes M: below 32 · 2^-24 · M on either side. No activation is steeper than 1.5, nor less than M / 2 at M.
        const bound = magnitudes(network, z, x).map((m) => 4 * 1.5 * 32 * 2 ** -24 * m);
        const [a, b] = [got, expected].map((output) => output.dataSync<'float32'>());
        expect(got.shape).toEqual(expected.shape);
        expect(b.findIndex((value, k) => !(Math.abs(a[k] - value) <= bound[k]))).toBe(-1);
        [got, expected, x].forEach((t) => t.dispose());
        network.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('applies an activation layer with the map before it, whether that has a bias or not', () => {
    const x0 = input({ shape: [4] });
    const network = model({
      inputs: x0,
      outputs: pipe(
        x0,
        new polytag.Linear({ name: 'a', units: 6 }),
        new polytag.Activation({ name: 'act1', activation: 'hard-swish' }),
        new polytag.Linear({ name: 'b', units: 3, bias: false }),
        new polytag.Activation({ name: 'act2', activation: 'leaky-relu', slope: 0.3 }),
      ),
    });
    const x = normal([5, 4]);
    const inference = new InferenceNetwork(network);
    expect(deviation(inference.apply(x), plainly(network, x))).toBeLessThan(1e-6);
    expect(alone(network, x)).toEqual([]);
    inference.dispose();
  });

  it('leaves what is used elsewhere, and a batch norm after anything else', () => {
    const x0 = image(4);
    const conv = (name: string) => new polytag.Convolution2D({ name, filters: 4, kernelSize: 3 });
    // conv1's result has two readers, conv2's is an output; bn3 follows a sum, bn4 a layer of tfjs itself.
    const map1 = pipe(x0, conv('conv1'));
    const bn1 = pipe(map1, norm('bn1', { activation: 'relu' }));
    const sum = new polytag.AddResidual({ name: 'sum' }).apply([bn1, map1]) as SymbolicTensor;
    const map2 = pipe(sum, norm('bn3'), conv('conv2'));
    const end = pipe(
      map2,
      norm('bn2'),
      layers.conv2d({ name: 'stock', filters: 3, kernelSize: 1 }),
      norm('bn4'),
    );
    const network = model({ inputs: x0, outputs: [map2, end] });
    unsettle(network, 0.1);
    const x = normal([1, 6, 5, 4]);
    expect(alone(network, x)).toEqual(['conv1', 'bn1', 'sum', 'bn3', 'conv2', 'bn2', 'stock', 'bn4']);
    const before = memory().numTensors;
    const [got, expected] = [new InferenceNetwork(network).apply(x), plainly(network, x)];
    expect(memory().numTensors).toBe(before + 4);
    got.forEach((output, i) => expect(output.dataSync()).toEqual(expected[i].dataSync()));
  });

  it('leaves a subclass, a model in the model and a layer with several inputs and outputs as they are', () => {
    class Doubled extends polytag.Convolution2D {
      override call(inputs: Tensor | Tensor[]) {
        return mul(super.call(inputs), 2) as Tensor4D;
      }
    }
    class Swap extends layers.Layer {
      static readonly className = 'Swap';
      override computeOutputShape(shapes: number[][]) {
        return [shapes[1], shapes[0]];
      }
      override call([a, b]: Tensor[]) {
        return [b, a];
      }
    }
    const inner = image(3);
    const nested = model({
      inputs: inner,
      outputs: pipe(inner, new polytag.Linear({ name: 'in', units: 3 }), norm('inbn')),
      name: 'nested',
    });
    const x0 = image();
    const [a, b] = new Swap({ name: 'swap' }).apply([
      pipe(x0, new Doubled({ name: 'own', filters: 2, kernelSize: 3 }), norm('bn1')),
      nested.apply(x0) as SymbolicTensor,
    ]) as SymbolicTensor[];
    const network = model({
      inputs: x0,
      outputs: [
        pipe(a, new polytag.Linear({ name: 'fc', units: 2 }), norm('bn2', { activation: 'relu' })),
        b,
      ],
    });
    unsettle(network, 0.1);
    const x = normal([2, 4, 4, 3]);
    expect(alone(network, x).sort()).toEqual(['bn1', 'nested', 'own', 'swap']);
    const before = memory().numTensors;
    const inference = new InferenceNetwork(network);
    const [got, expected] = [inference.apply(x), plainly(network, x)];
    expect(deviation(got, expected)).toBeLessThan(1e-6);
    [...got, ...expected].forEach((t) => t.dispose());
    inference.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('knows when the network has other weights', () => {
    const x0 = image(2);
    const network = model({
      inputs: x0,
      outputs: pipe(x0, new polytag.Linear({ name: 'conv', units: 2, bias: false }), norm('bn')),
    });
    const states = polytag.parametersOf(network).map(({ variable }) => variable.read() as Variable);
    for (const change of [
      (state: Variable) => state.assign(normal(state.shape)),
      (state: Variable) => emaUpdate([{ average: state, value: normal(state.shape) }], 0.5),
    ]) {
      for (const state of states) {
        const inference = new InferenceNetwork(network);
        plainly(network, normal([1, 2, 2, 2]));
        expect(inference.current).toBe(true);
        change(state);
        expect(inference.current).toBe(false);
        inference.dispose();
      }
    }
    const inference = new InferenceNetwork(network);
    network.apply(normal([2, 2, 2, 2]), { training: true });
    expect(inference.current).toBe(false);
    inference.dispose();
  });
});
