import { grad, ones, sum, tensor, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { HALF, IMAGENET, RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { checkpointShape, parametersOf, withEmptyWeights } from '@polytag/layers';
import { buildBackbone } from '../build-backbone.js';
import { efficientNetV2L, efficientNetV2S } from './efficientnet-v2.js';
import { efficientNetV2 } from './efficientnet-v2.js';

beforeAll(() => useEngine('wasm'));

describe('efficientNetV2', () => {
  /** Of the published size, for names and shapes. */
  let network: LayersModel;
  /** Blocks of every kind, narrow, with strides 2 as the published sizes have them. */
  let narrow: LayersModel;
  beforeAll(() => {
    const size = { height: 448, width: 448 };
    network = withEmptyWeights(() => buildBackbone(efficientNetV2({ size: 's' }), size));
    narrow = buildBackbone(
      efficientNetV2({
        size: [
          { kind: 'conv', repeats: 1, stride: 1, expansion: 1, channels: 8 },
          { kind: 'fused', repeats: 2, stride: 2, expansion: 4, channels: 16 },
          { kind: 'fused', repeats: 1, stride: 2, expansion: 4, channels: 16 },
          { kind: 'mbconv', repeats: 2, stride: 2, expansion: 4, channels: 24 },
          { kind: 'mbconv', repeats: 1, stride: 2, expansion: 6, channels: 32 },
        ],
      }),
    );
  });
  afterAll(() => [network, narrow].forEach((one) => one.dispose()));

  it('S has the weights, keys and shapes of tf_efficientnetv2_s_in21k', () => {
    const parameters = parametersOf(network);
    const weights = parameters.filter(({ buffer }) => !buffer);
    // Sum over the published key list without buffers and classifier; 670 keys with buffers.
    expect(weights.reduce((total, { variable }) => total + variable.read().size, 0)).toBe(20177488);
    expect(parameters).toHaveLength(670);
    const shapes = Object.fromEntries(
      parameters.map((parameter) => [parameter.key, checkpointShape(parameter)]),
    );
    expect(shapes).toMatchObject({
      'conv_stem.weight': [24, 3, 3, 3],
      'bn1.running_var': [24],
      'blocks.0.1.conv.weight': [24, 24, 3, 3],
      'blocks.1.0.conv_exp.weight': [96, 24, 3, 3],
      'blocks.2.3.conv_pwl.weight': [64, 256, 1, 1],
      'blocks.2.3.bn2.bias': [64],
      'blocks.3.0.conv_pw.weight': [256, 64, 1, 1],
      'blocks.3.0.se.conv_reduce.weight': [16, 256, 1, 1],
      'blocks.4.0.conv_dw.weight': [768, 1, 3, 3],
      'blocks.5.14.se.conv_expand.bias': [1536],
      'blocks.5.14.bn3.weight': [256],
      'conv_head.weight': [1280, 256, 1, 1],
      'bn2.running_mean': [1280],
    });
    const norms = network.layers.filter(({ name }) => /bn\d$/.test(name)).map((layer) => layer.getConfig());
    expect(new Set(norms.map(({ epsilon, momentum }) => `${epsilon} ${momentum}`))).toEqual(
      new Set(['0.001 0.1']),
    );
  });

  it('shrinks 448 pixels to 14 cells over the published widths', () => {
    const after = (name: string) => network.getLayer(name).outputShape;
    expect(after('bn1')).toEqual([null, 224, 224, 24]);
    expect(after('blocks.0.1.sum')).toEqual([null, 224, 224, 24]);
    expect(after('blocks.1.3.sum')).toEqual([null, 112, 112, 48]);
    expect(after('blocks.2.3.sum')).toEqual([null, 56, 56, 64]);
    expect(after('blocks.3.5.sum')).toEqual([null, 28, 28, 128]);
    expect(after('blocks.4.8.sum')).toEqual([null, 28, 28, 160]);
    expect(after('blocks.5.14.sum')).toEqual([null, 14, 14, 256]);
    expect(network.outputShape).toEqual([null, 14, 14, 1280]);
  });

  it('takes any size', () => {
    for (const [height, width] of [
      [33, 65],
      [1, 31],
    ]) {
      const map = narrow.apply(ones([1, height, width, 3])) as Tensor;
      expect(map.shape).toEqual([1, Math.ceil(height / 32), Math.ceil(width / 32), 1280]);
    }
  });

  it('passes a gradient from the map to every pixel', () => {
    const random = new RandomStream(2, 'image');
    const x = tensor(
      Float32Array.from({ length: 2 * 64 * 64 * 3 }, () => random.normal()),
      [2, 64, 64, 3],
    );
    const gradient = grad((image) => sum(narrow.apply(image, { training: true }) as Tensor))(x);
    expect(gradient.dataSync().every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
  });
});

describe('definitions', () => {
  it('are named and made from options of a config file', () => {
    const create = (options: object) => efficientNetV2S.create(efficientNetV2S.options.parse(options));
    expect(create({})).toMatchObject({
      name: 'efficientnet-v2-s',
      featureChannels: 1280,
      stride: 32,
      padding: 'same',
      normalisation: HALF,
    });
    expect(create({ padding: 'symmetric', normalisation: 'imagenet' })).toMatchObject({
      padding: 'symmetric',
      normalisation: IMAGENET,
    });
    expect(efficientNetV2L.options.safeParse({ widthMultiplier: 0.75 }).success).toBe(false);
  });

  it('hand epsilon and momentum to every batch norm', () => {
    const norms = (options: object) => {
      const backbone = efficientNetV2S.create(efficientNetV2S.options.parse(options));
      const network = withEmptyWeights(() => buildBackbone(backbone));
      const configs = network.layers
        .filter(({ name }) => /bn\d$/.test(name))
        .map((layer) => layer.getConfig());
      network.dispose();
      return new Set(configs.map(({ epsilon, momentum }) => `${epsilon} ${momentum}`));
    };
    expect(norms({ epsilon: 1e-5, momentum: 0.01 })).toEqual(new Set(['0.00001 0.01']));
  });
});
