import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { assignParameters } from '../parameters/assign-parameters.js';
import { checkpointShape } from '../parameters/checkpoint-order.js';
import { SqueezeExcite } from './squeeze-excite.js';

beforeAll(() => useEngine('cpu'));

describe('SqueezeExcite', () => {
  it.each([
    [
      'reference',
      [
        ['se.fc.0.weight', [8, 16]],
        ['se.fc.0.bias', [8]],
        ['se.fc.2.weight', [16, 8]],
        ['se.fc.2.bias', [16]],
      ],
    ],
    [
      'timm',
      [
        ['se.conv_reduce.weight', [8, 16, 1, 1]],
        ['se.conv_reduce.bias', [8]],
        ['se.conv_expand.weight', [16, 8, 1, 1]],
        ['se.conv_expand.bias', [16]],
      ],
    ],
    [
      'torchvision',
      [
        ['se.fc1.weight', [8, 16, 1, 1]],
        ['se.fc1.bias', [8]],
        ['se.fc2.weight', [16, 8, 1, 1]],
        ['se.fc2.bias', [16]],
      ],
    ],
  ] as const)('stores its maps as %s checkpoints do', (keys, expected) => {
    const layer = new SqueezeExcite({ name: 'se', reduced: 8, keys });
    layer.build([null, 4, 4, 16]);
    expect(layer.parameters.map((parameter) => [parameter.key, checkpointShape(parameter)])).toEqual(
      expected,
    );
  });

  const relu = (z: number) => Math.max(0, z);
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  it.each([
    ['MobileNetV3', {}, relu, (z: number) => Math.min(Math.max(z + 3, 0), 6) / 6],
    ['EfficientNetV2', { activation: 'silu', gate: 'sigmoid' }, (z: number) => z * sigmoid(z), sigmoid],
    ['TResNet', { gate: 'sigmoid' }, relu, sigmoid],
  ] as const)('multiplies every channel by the gate of its mean, as %s', (_, options, activation, gateOf) => {
    const random = new RandomStream(4, 'squeeze');
    const draw = (n: number) => Array.from({ length: n }, () => 2 * random.normal());
    const [reduce, reduceBias, expand, expandBias, x] = [draw(6), draw(2), draw(6), draw(3), draw(2 * 4 * 3)];
    const layer = new SqueezeExcite({ name: 'se', reduced: 2, ...options });
    layer.build([null, 2, 2, 3]);
    assignParameters(
      layer.parameters,
      (key) =>
        ({
          'se.fc.0.weight': { shape: [2, 3], data: reduce },
          'se.fc.0.bias': { shape: [2], data: reduceBias },
          'se.fc.2.weight': { shape: [3, 2], data: expand },
          'se.fc.2.bias': { shape: [3], data: expandBias },
        })[key],
    );
    const y = (layer.apply(tensor(x, [2, 2, 2, 3])) as Tensor).dataSync();
    for (const image of [0, 1]) {
      const mean = [0, 1, 2].map(
        (c) => [0, 1, 2, 3].reduce((sum, p) => sum + x[(image * 4 + p) * 3 + c], 0) / 4,
      );
      const hidden = [0, 1].map((r) =>
        activation(mean.reduce((sum, m, c) => sum + m * reduce[r * 3 + c], reduceBias[r])),
      );
      for (const c of [0, 1, 2]) {
        const gate = gateOf(hidden.reduce((sum, h, r) => sum + h * expand[c * 2 + r], expandBias[c]));
        for (const p of [0, 1, 2, 3]) {
          const at = (image * 4 + p) * 3 + c;
          expect(y[at]).toBeCloseTo(x[at] * gate, 4);
        }
      }
    }
  });
});
