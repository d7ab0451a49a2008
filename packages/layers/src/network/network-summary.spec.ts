import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { useEngine } from '@polytag/engine';
import {
  AngularLinear,
  BatchNorm,
  Convolution2D,
  DepthwiseConvolution2D,
  GlobalPool,
  Linear,
  SqueezeExcite,
} from '../index.js';
import { summariseNetwork } from './network-summary.js';

beforeAll(() => useEngine('cpu'));

function network(height: number | null) {
  const image = input({ shape: [height, 10, 3] });
  const parts = [
    new Convolution2D({ name: 'stem.conv.0', filters: 4, kernelSize: 3, stride: 2, padding: 'same' }),
    new BatchNorm({ name: 'stem.conv.1' }),
    new DepthwiseConvolution2D({ name: 'blocks.0.dw', kernelSize: 5, padding: 'same' }),
    new SqueezeExcite({ name: 'blocks.0.se', reduced: 2 }),
    new Linear({ name: 'blocks.1.pw', units: 6 }),
    new GlobalPool({ name: 'pool' }),
    new AngularLinear({ name: 'classifier', units: 7 }),
    layers.dense({ name: 'stock', units: 2 }),
  ];
  return model({ inputs: image, outputs: parts.reduce((x, part) => part.apply(x) as SymbolicTensor, image) });
}

it('counts what each layer holds and multiplies, by part', () => {
  // 8 x 10 pixels, then 4 x 5.
  const cells = 4 * 5;
  const work = {
    'stem.conv': 9 * 3 * 4 * cells,
    'blocks.0': 25 * 4 * cells + 2 * 4 * 2,
    'blocks.1': 4 * 6 * cells,
    classifier: 6 * 7,
    stock: 0,
  };
  const summary = summariseNetwork(network(8));
  expect(summary.rows).toEqual([
    {
      name: 'stem.conv',
      output: [null, 4, 5, 4],
      parameters: 9 * 3 * 4 + 8,
      multiplyAdds: work['stem.conv'],
    },
    {
      name: 'blocks.0',
      output: [null, 4, 5, 4],
      parameters: 25 * 4 + 2 * 4 * 2 + 2 + 4,
      multiplyAdds: work['blocks.0'],
    },
    { name: 'blocks.1', output: [null, 4, 5, 6], parameters: 4 * 6 + 6, multiplyAdds: work['blocks.1'] },
    { name: 'classifier', output: [null, 7], parameters: 6 * 7, multiplyAdds: work.classifier },
    { name: 'stock', output: [null, 2], parameters: 7 * 2 + 2, multiplyAdds: 0 },
  ]);
  const all = Object.values(work).reduce((a, b) => a + b, 0);
  expect(summary.multiplyAdds).toBe(all);
  expect(summariseNetwork(network(8)).multiplyAdds).toBe(all);
});

it('says that an open image size has no count', () => {
  expect(() => summariseNetwork(network(null))).toThrow(expect.objectContaining({ code: 'usage/open-size' }));
});

it('counts a layer that is applied twice once, and its work twice', () => {
  const image = input({ shape: [4, 6] });
  const shared = new Linear({ name: 'shared', units: 6 });
  const twice = shared.apply(shared.apply(image)) as SymbolicTensor;
  const { rows, parameters } = summariseNetwork(model({ inputs: image, outputs: twice }));
  expect(parameters).toBe(6 * 6 + 6);
  expect(rows).toEqual([{ name: 'shared', output: [null, 4, 6], parameters, multiplyAdds: 2 * 4 * 6 * 6 }]);
});
