import { add, conv2d, memory, tensor, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import {
  ClassTokenRow,
  FirstToken,
  InferenceNetwork,
  LayerScale,
  Linear,
  MapBelowRow,
  parametersOf,
  PatchEmbedding,
  PatchMap,
  TokenOfRow,
} from '../index.js';

beforeAll(() => useEngine('wasm'));

function normal(key: string, shape: number[]): Tensor {
  const random = new RandomStream(5, key);
  return tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );
}

const largest = (values: Float32Array): number => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

function expectClose(got: Tensor, expected: Tensor): void {
  expect(got.shape).toEqual(expected.shape);
  const [a, b] = [got, expected].map((one) => one.dataSync<'float32'>());
  expect(largest(a.map((v, i) => v - b[i]))).toBeLessThan(1e-5 * largest(b));
}

it('embeds patches as a convolution whose stride is its kernel', () => {
  const image = input({ shape: [null, null, 3] });
  const layer = new PatchEmbedding({ name: 'proj', patch: 4, units: 5 });
  const network = model({ inputs: image, outputs: layer.apply(image) as SymbolicTensor });
  tidy(() => {
    const x = normal('x', [2, 8, 12, 3]) as Tensor4D;
    const [weight, bias] = parametersOf(network).map(({ variable }) => variable.read());
    expectClose(network.apply(x) as Tensor, add(conv2d(x, weight as Tensor4D, 4, 'valid'), bias));
  });
  expect(layer.multiplyAdds([[null, 8, 12, 3]], [null, 2, 3, 5])).toBe(4 * 4 * 3 * 5 * 6);
  network.dispose();
});

it('refuses an image that is not cut into whole patches, and names sides that are', () => {
  const layer = new PatchEmbedding({ name: 'patch_embed.proj', patch: 14, units: 2 });
  expect(() => layer.apply(input({ shape: [224, 225, 3] }))).toThrow(
    expect.objectContaining({
      code: 'usage/image-size',
      message: expect.stringContaining(
        'images of 224 x 225 pixels; both sides must be multiples of the patch size 14',
      ),
      hint: expect.stringContaining('multiples of 14: 98, 224, 448'),
    }),
  );
});

it('cuts tokens into the class token and the map of the patches', () => {
  const [tokens, grid] = [input({ shape: [7, 2] }), input({ shape: [2, 3, 2] })];
  const map = new PatchMap({ name: 'map' }).apply([tokens, grid]) as SymbolicTensor;
  const first = new FirstToken({ name: 'first' }).apply(tokens) as SymbolicTensor;
  const network = model({ inputs: [tokens, grid], outputs: [map, first] });
  tidy(() => {
    const values = Float32Array.from({ length: 28 }, (_, i) => i);
    const [cells, token] = network.apply([tensor(values, [2, 7, 2]), normal('g', [2, 2, 3, 2])]) as Tensor[];
    expect([cells.shape, [...token.dataSync()]]).toEqual([
      [2, 2, 3, 2],
      [0, 1, 14, 15],
    ]);
    expect([...cells.dataSync()].slice(0, 4)).toEqual([2, 3, 4, 5]);
  });
});

it('carries a class token in a row above a map, and gives both back', () => {
  const [token, map] = [input({ shape: [3] }), input({ shape: [2, 4, 3] })];
  const joined = new ClassTokenRow({ name: 'join' }).apply([token, map]) as SymbolicTensor;
  expect(joined.shape).toEqual([null, 3, 4, 3]);
  const apart = [new TokenOfRow({ name: 'token' }), new MapBelowRow({ name: 'map' })].map(
    (layer) => layer.apply(joined) as SymbolicTensor,
  );
  const network = model({ inputs: [token, map], outputs: apart });
  tidy(() => {
    const given = [normal('token', [2, 3]), normal('map', [2, 2, 4, 3])];
    const got = network.apply(given) as Tensor[];
    got.forEach((one, i) => {
      expect(one.shape).toEqual(given[i].shape);
      expect(one.dataSync()).toEqual(given[i].dataSync());
    });
  });
});

it.each([true, false])('LayerScale goes into the linear map before it, which has a bias: %s', (bias) => {
  const x = input({ shape: [5, 6] });
  const y = new Linear({ name: 'proj', units: 4, bias, seed: 2 }).apply(x);
  const scale = new LayerScale({ name: 'ls1', initial: 0.5 });
  const network = model({ inputs: x, outputs: scale.apply(y) as SymbolicTensor });
  const gamma = normal('gamma', [4]);
  parametersOf(network)
    .find(({ key }) => key === 'ls1.gamma')!
    .variable.write(gamma);
  const before = memory().numTensors;
  const folded = new InferenceNetwork(network);
  let alone = 0;
  const call = scale.call.bind(scale);
  scale.call = (...inputs) => {
    alone++;
    return call(...inputs);
  };
  tidy(() => {
    const given = normal('x', [2, 5, 6]);
    const [got] = folded.apply(given);
    expect(alone).toBe(0);
    expectClose(got, network.apply(given) as Tensor);
    expect(alone).toBe(1);
  });
  const other = normal('other', [6, 4]);
  parametersOf(network)[0].variable.write(other);
  other.dispose();
  expect(folded.current).toBe(false);
  folded.dispose();
  expect(memory().numTensors).toBe(before);
});
