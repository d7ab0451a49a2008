import { mean, tensor, tidy, variableGrads, memory, sum, mul, variable, type Scalar, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core'; // prettier-ignore
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import {
  applyAgain,
  BatchNorm,
  Convolution2D,
  InferenceNetwork,
  MeanOfAll,
  Mirrored,
  parametersOf,
  pipe,
  ResampledMap,
  ResizedImage,
  summariseNetwork,
} from '../index.js';

function normal(shape: number[]): Tensor4D {
  const random = new RandomStream(5, 'views');
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
  return tensor(values, shape as [number, number, number, number]) as Tensor4D;
}
const valuesOf = (x: Tensor): number[] => [...x.dataSync()];

describe.each(['wasm', 'cpu'] as const)('views on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it('resizes images bilinearly with half-pixel centres', () => {
    // Target i of 2 lies at (i + 0.5)·4/2 − 0.5 = 0.5 and 2.5.
    const x = tensor([0, 1, 2, 3, 10, 11, 12, 13], [1, 2, 4, 1]);
    const layer = new ResizedImage({ name: 'r', height: 2, width: 2 });
    expect(valuesOf(layer.apply(x) as Tensor)).toEqual([0.5, 2.5, 10.5, 12.5]);
    expect(layer.computeOutputShape([null, 9, 7, 3])).toEqual([null, 2, 2, 3]);
  });

  it('turns left and right, and back', () => {
    const x = normal([2, 3, 4, 5]);
    const layer = new Mirrored({ name: 'm' });
    const [turned, back] = tidy(() => {
      const once = layer.apply(x) as Tensor4D;
      return [once.arraySync(), layer.apply(once) as Tensor];
    });
    expect(turned[1][2]).toEqual(x.arraySync()[1][2].reverse());
    expect(valuesOf(back)).toEqual(valuesOf(x));
  });

  it('gives each cell of another grid the mean of what it covers', () => {
    // 3 cells on 2: the first is whole in the first new one, the second half in each.
    const x = tensor([3, 6, 9], [1, 1, 3, 1]);
    const layer = (height: number, width: number) => new ResampledMap({ name: 'g', height, width });
    valuesOf(layer(1, 2).apply(x) as Tensor).forEach((value, i) => expect(value).toBeCloseTo([4, 8][i], 5));
    for (const [height, width] of [
      [9, 12],
      [3, 2],
      [5, 7],
    ]) {
      const map = normal([2, 5, 7, 3]);
      const [got, expected] = [layer(height, width).apply(map) as Tensor, map].map((one) =>
        valuesOf(mean(one, [1, 2])),
      );
      got.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    }
  });

  it('carries gradients from the new grid and from a mean', () => {
    const x = variable(normal([1, 3, 3, 2]));
    const weights = normal([1, 4, 2, 2]);
    const grid = new ResampledMap({ name: 'g', height: 4, width: 2 });
    const [mirror, both] = [new Mirrored({ name: 'm' }), new MeanOfAll({ name: 'b' })];
    const value = () => {
      const map = grid.apply(x) as Tensor;
      return sum(mul(weights, both.apply([map, mirror.apply(map) as Tensor]) as Tensor)) as Scalar;
    };
    const { grads } = variableGrads(value, [x]);
    const slopes = valuesOf(Object.values(grads)[0]);
    // It is linear: the value is the sum of slopes times inputs.
    const products = valuesOf(x).reduce((total, one, i) => total + one * slopes[i], 0);
    expect(products).toBeCloseTo(value().dataSync()[0], 4);
    expect(slopes.every((slope) => slope !== 0)).toBe(true);
    x.dispose();
  });
});

describe('applyAgain', () => {
  beforeAll(() => useEngine('wasm'));

  const layers = () => [
    new Convolution2D({ name: 'conv', filters: 4, kernelSize: 3, padding: 'same' }),
    new BatchNorm({ name: 'bn', activation: 'relu' }),
  ];
  const twice = () => {
    const image = input({ shape: [6, 8, 3] });
    const small = new ResizedImage({ name: 'small', height: 3, width: 4 }).apply(image) as SymbolicTensor;
    const first = pipe(image, ...layers());
    const [second] = applyAgain({ inputs: [image], outputs: [first] }, [small]);
    return { image, first, second };
  };

  it('computes the same network on an image of another size, with the same weights', () => {
    const { image, first, second } = twice();
    const network = model({ inputs: image, outputs: [first, second] });
    const alone = model({ inputs: image, outputs: first });
    expect(parametersOf(network).map(({ variable: { id } }) => id)).toEqual(
      parametersOf(alone).map(({ variable: { id } }) => id),
    );
    const x = normal([2, 6, 8, 3]);
    const [, got] = network.apply(x) as Tensor[];
    const once = new Map(layers().map((layer) => [layer.name, layer]));
    const small = new ResizedImage({ name: 'again', height: 3, width: 4 }).apply(x) as Tensor;
    const expected = [...once.values()].reduce((y, layer) => layer.apply(y) as Tensor, small);
    expect(valuesOf(got)).toEqual(valuesOf(expected));
    // Folded batch norms round otherwise.
    const [, folded] = new InferenceNetwork(network).apply(x);
    valuesOf(folded).forEach((value, i) => expect(value).toBeCloseTo(valuesOf(expected)[i], 5));
  });

  it('counts the weights once and the work of each application, and frees them with the network', () => {
    const before = memory().numTensors;
    const { image, first, second } = twice();
    const network = model({ inputs: image, outputs: [first, second] });
    const work = 9 * 3 * 4;
    expect(summariseNetwork(network)).toMatchObject({
      parameters: work + 2 * 4,
      multiplyAdds: work * (6 * 8 + 3 * 4),
    });
    network.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
