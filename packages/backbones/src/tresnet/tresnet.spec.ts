import { grad, sum, tensor, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { HALF, RandomStream, UNIT } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { checkpointShape, parametersOf, withEmptyWeights, type Parameter } from '@polytag/layers';
import { buildBackbone } from '../build-backbone.js';
import { tresNetL, tresNetM } from './tresnet.js';
import { tresNet } from './tresnet.js';

beforeAll(() => useEngine('wasm'));

const shapesOf = (parameters: readonly Parameter[]) =>
  Object.fromEntries(parameters.map((parameter) => [parameter.key, checkpointShape(parameter)]));

describe('tresnet', () => {
  /** Of the published size, for names and shapes. */
  let network: LayersModel;
  /** Blocks of both kinds, narrow. */
  let narrow: LayersModel;
  beforeAll(() => {
    network = withEmptyWeights(() => buildBackbone(tresNet({ size: 'm' }), { height: 448, width: 448 }));
    narrow = buildBackbone(tresNet({ size: { blocks: [1, 2, 2, 1], planes: 8, first: 'basic' } }));
  });
  afterAll(() => [network, narrow].forEach((one) => one.dispose()));

  it('M has the weights, keys and shapes of the published one', () => {
    const parameters = parametersOf(network);
    const weights = parameters.filter(({ buffer }) => !buffer);
    // Sum over the published key list without buffers and classifier; 372 keys with buffers.
    expect(weights.reduce((total, { variable }) => total + variable.read().size, 0)).toBe(29340032);
    expect(parameters).toHaveLength(372);
    expect(shapesOf(parameters)).toMatchObject({
      'body.conv1.0.weight': [64, 48, 3, 3],
      'body.conv1.1.running_var': [64],
      'body.layer1.0.se.fc1.weight': [64, 64, 1, 1],
      'body.layer2.0.conv1.0.0.weight': [128, 64, 3, 3],
      'body.layer2.0.conv1.0.1.bias': [128],
      'body.layer2.0.downsample.1.0.weight': [128, 64, 1, 1],
      'body.layer3.0.conv2.0.1.weight': [256],
      'body.layer3.1.conv2.1.weight': [256],
      'body.layer3.0.se.fc2.weight': [256, 128, 1, 1],
      'body.layer4.2.conv3.0.weight': [2048, 512, 1, 1],
    });
  });

  it('takes the names of newer timm too', () => {
    const aliases = parametersOf(network).map(({ key, alias }) => [key, alias?.key]);
    expect(Object.fromEntries(aliases)).toMatchObject({
      'body.conv1.0.weight': 'body.conv1.conv.weight',
      'body.layer2.0.conv1.0.0.weight': 'body.layer2.0.conv1.conv.weight',
      'body.layer2.0.conv1.0.1.running_mean': 'body.layer2.0.conv1.bn.running_mean',
      'body.layer2.0.conv2.1.bias': 'body.layer2.0.conv2.bn.bias',
      'body.layer2.0.downsample.1.1.weight': 'body.layer2.0.downsample.1.bn.weight',
    });
    const renamed = withEmptyWeights(() => buildBackbone(tresNet({ size: 'm', layout: 'timm' })));
    const shapes = shapesOf(parametersOf(renamed));
    const keys = parametersOf(network).map(({ key, alias }) => alias?.key ?? key);
    expect(Object.keys(shapes).sort()).toEqual(keys.sort());
    const norm = renamed.getLayer('body.layer2.0.conv1.bn');
    expect(norm.getClassName()).toBe('PolytagBatchNorm');
    expect(network.getLayer('body.layer2.0.conv1.0.1').getClassName()).toBe('PolytagAbn');
    renamed.dispose();
  });

  it('shrinks 448 pixels to 14 cells over the published widths', () => {
    const after = (name: string) => network.getLayer(name).outputShape;
    expect(after('body.SpaceToDepth')).toEqual([null, 112, 112, 48]);
    expect(after('body.conv1.1')).toEqual([null, 112, 112, 64]);
    expect(after('body.layer1.2.relu')).toEqual([null, 112, 112, 64]);
    expect(after('body.layer2.3.relu')).toEqual([null, 56, 56, 128]);
    expect(after('body.layer3.10.relu')).toEqual([null, 28, 28, 1024]);
    expect(network.outputShape).toEqual([null, 14, 14, 2048]);
  });

  it('begins as its shortcuts: the norm before each sum starts at 0, the others at 1', () => {
    for (const { key, variable } of parametersOf(narrow)) {
      if (!/(\.1|\.0\.1)\.weight$/.test(key)) continue;
      const last = /layer[12]\.\d+\.conv2\.1\.weight$|layer[34]\.\d+\.conv3\.1\.weight$/.test(key);
      expect([key, ...new Set(variable.read().dataSync())]).toEqual([key, last ? 0 : 1]);
    }
  });

  it('passes a gradient from the map to every pixel', () => {
    const random = new RandomStream(2, 'image');
    const x = tensor(
      Float32Array.from({ length: 2 * 36 * 64 * 3 }, () => random.normal()),
      [2, 36, 64, 3],
    );
    const map = narrow.apply(x) as Tensor;
    expect(map.shape).toEqual([2, 2, 2, 256]);
    const gradient = grad((image) => sum(narrow.apply(image, { training: true }) as Tensor))(x);
    expect(gradient.dataSync().every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
  });

  it('refuses images whose sides are no multiples of 4', () => {
    expect(() => buildBackbone(tresNet({ size: 'm' }), { height: 450, width: 448 })).toThrow(
      expect.objectContaining({ code: 'usage/image-size' }),
    );
  });
});

describe('definitions', () => {
  it('are named and made from options of a config file', () => {
    const create = (options: object) => tresNetL.create(tresNetL.options.parse(options));
    expect(create({})).toMatchObject({
      name: 'tresnet-l',
      featureChannels: 2048,
      stride: 32,
      padding: 'symmetric',
      normalisation: UNIT,
      classifier: 'head.fc',
    });
    expect(create({ normalisation: 'half' }).normalisation).toEqual(HALF);
    expect(tresNetM.options.safeParse({ padding: 'same' }).success).toBe(false);
  });

  it.each([
    ['l-v1', 2432],
    ['xl', 2048],
    ['xl-v1', 2656],
  ] as const)('%s has %i channels', (size, channels) => {
    expect(tresNet({ size }).featureChannels).toBe(channels);
  });
});
