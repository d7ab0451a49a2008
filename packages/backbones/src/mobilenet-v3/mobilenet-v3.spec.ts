import { grad, ones, sum, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { RandomStream, UNIT } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { checkpointShape, parametersOf, withEmptyWeights } from '@polytag/layers';
import { buildBackbone } from '../build-backbone.js';
import { mobileNetV3Small } from './mobilenet-v3.js';
import { mobileNetV3, type MobileNetV3Options } from './mobilenet-v3.js';

beforeAll(() => useEngine('wasm'));

/** Their keys and shapes; the values are zeros. */
const parametersFor = (options: MobileNetV3Options) =>
  parametersOf(withEmptyWeights(() => buildBackbone(mobileNetV3(options))));

describe('mobileNetV3', () => {
  it.each([
    // Sums over the published key lists, without buffers and classifier; 262 and 206 keys with buffers.
    ['large', 'reference', 2971952, 262],
    ['large', 'timm', 2971952, 262],
    ['large', 'torchvision', 2971952, 262],
    ['small', 'reference', 927008, 206],
    ['small', 'torchvision', 927008, 206],
  ] as const)('%s in layout %s has %i weights', (size, layout, weights, keys) => {
    const parameters = parametersFor({ size, layout });
    const counted = parameters
      .filter(({ buffer }) => !buffer)
      .reduce((total, { variable }) => total + variable.read().size, 0);
    expect(counted).toBe(weights);
    expect(parameters).toHaveLength(keys);
    expect(new Set(parameters.map(({ key }) => key)).size).toBe(keys);
  });

  it.each([
    [
      'reference',
      {
        'features.0.0.weight': [16, 3, 3, 3],
        'features.1.conv.3.fc.0.weight': [8, 16],
        'features.1.conv.4.weight': [16, 16, 1, 1],
        'features.4.conv.3.weight': [96, 1, 5, 5],
        'features.4.conv.5.fc.2.bias': [96],
        'features.11.conv.8.running_var': [96],
        'conv.0.weight': [576, 96, 1, 1],
        'conv.1.bias': [576],
      },
    ],
    [
      'timm',
      {
        'conv_stem.weight': [16, 3, 3, 3],
        'bn1.running_mean': [16],
        'blocks.0.0.se.conv_reduce.weight': [8, 16, 1, 1],
        'blocks.0.0.conv_pw.weight': [16, 16, 1, 1],
        'blocks.2.0.conv_dw.weight': [96, 1, 5, 5],
        'blocks.4.2.bn3.weight': [96],
        'blocks.5.0.conv.weight': [576, 96, 1, 1],
      },
    ],
    [
      'torchvision',
      {
        'features.0.1.weight': [16],
        'features.1.block.1.fc1.weight': [8, 16, 1, 1],
        'features.2.block.2.0.weight': [24, 72, 1, 1],
        'features.4.block.2.fc2.bias': [96],
        'features.4.block.3.1.running_mean': [40],
        'features.12.0.weight': [576, 96, 1, 1],
      },
    ],
  ] as const)('has the keys and shapes of %s checkpoints', (layout, expected) => {
    const shapes = Object.fromEntries(
      parametersFor({ size: 'small', layout }).map((parameter) => [
        parameter.key,
        checkpointShape(parameter),
      ]),
    );
    expect(shapes).toMatchObject(expected);
  });

  it('shrinks 448 pixels to 14 cells over the published widths', () => {
    const network = withEmptyWeights(() =>
      buildBackbone(mobileNetV3({ size: 'small', layout: 'torchvision' }), { height: 448, width: 448 }),
    );
    const after = (name: string) => network.getLayer(name).outputShape;
    expect(after('features.0.1')).toEqual([null, 224, 224, 16]);
    expect(after('features.1.block.2.1')).toEqual([null, 112, 112, 16]);
    expect(after('features.3.sum')).toEqual([null, 56, 56, 24]);
    expect(after('features.6.sum')).toEqual([null, 28, 28, 40]);
    expect(after('features.8.sum')).toEqual([null, 28, 28, 48]);
    expect(after('features.11.sum')).toEqual([null, 14, 14, 96]);
    expect(network.outputShape).toEqual([null, 14, 14, 576]);
  });

  it('is scaled, keeps the resolution of small images, and takes any size with either padding', () => {
    const narrow = buildBackbone(
      mobileNetV3({ size: 'small', widthMultiplier: 0.75, inputHeight: 64, seed: 3 }),
    );
    // 96 · 0.75 = 72, six times wider: 432; 64 x 40 pixels at stride 8.
    expect((narrow.apply(ones([1, 64, 40, 3])) as Tensor).shape).toEqual([1, 8, 5, 432]);
    for (const padding of ['same', 'symmetric'] as const) {
      const network = buildBackbone(mobileNetV3({ size: 'small', widthMultiplier: 0.5, padding }));
      const cells = (n: number) => Math.ceil(n / 32);
      for (const [height, width] of [
        [33, 64],
        [47, 71],
        [1, 96],
      ]) {
        expect((network.apply(ones([1, height, width, 3])) as Tensor).shape.slice(1, 3)).toEqual([
          cells(height),
          cells(width),
        ]);
      }
      network.dispose();
    }
  });

  it('ends in a PReLU when the reference layout was trained with AAM, and only there', () => {
    const keys = parametersFor({ size: 'small', lastActivation: 'prelu' }).map(({ key }) => key);
    expect(keys).toHaveLength(207);
    expect(keys).toContain('conv.2.weight');
    expect(() => mobileNetV3({ size: 'small', layout: 'timm', lastActivation: 'prelu' })).toThrow(
      expect.objectContaining({ code: 'usage/last-activation' }),
    );
  });

  it('passes a gradient from every cell to every input channel', () => {
    const network = buildBackbone(mobileNetV3({ size: 'small', widthMultiplier: 0.5, seed: 1 }));
    const random = new RandomStream(2, 'image');
    const x = tensor(
      Float32Array.from({ length: 2 * 64 * 64 * 3 }, () => random.normal()),
      [2, 64, 64, 3],
    );
    const gradient = grad((image) => sum(network.apply(image, { training: true }) as Tensor))(x).dataSync();
    expect(gradient.every(Number.isFinite)).toBe(true);
    for (const channel of [0, 1, 2]) {
      expect(gradient.filter((_, i) => i % 3 === channel).some((value) => value !== 0)).toBe(true);
    }
  });
});

describe('definitions', () => {
  it('are named and made from options of a config file', () => {
    const options = mobileNetV3Small.options.parse({
      layout: 'torchvision',
      padding: 'same',
      normalisation: 'unit',
    });
    const backbone = mobileNetV3Small.create(options);
    expect(backbone).toMatchObject({
      name: 'mobilenet-v3-small',
      featureChannels: 576,
      stride: 32,
      padding: 'same',
      normalisation: UNIT,
      penultimate: {
        width: 1024,
        batchNorm: false,
        epsilon: 1e-3,
        names: { linear: 'classifier.0', classifier: 'classifier.3' },
      },
    });
  });

  it('refuse an option that does not exist', () => {
    expect(mobileNetV3Small.options.safeParse({ widthMultipler: 0.75 }).success).toBe(false);
  });
});
