import { useEngine } from '@polytag/engine';
import { parameter } from '../optimisers/parameter.fixture.js';
import { layerDecayOf } from './layer-decay.js';

beforeAll(() => useEngine('cpu'));

const model = (keys: readonly string[]) => ({
  parameters: keys.map((key) => parameter(key, [2], [1, 2])),
  isBackboneKey: (key: string) => !key.startsWith('classifier'),
});
const factors = (keys: readonly string[], decay: number) => keys.map(layerDecayOf(model(keys), decay));

it('decays the blocks of a vision transformer from the last to the embedding, as DINOv2 does', () => {
  const keys = [
    'patch_embed.proj.weight',
    'cls_token',
    'pos_embed',
    'blocks.0.norm1.weight',
    'blocks.0.mlp.fc2.bias',
    'blocks.1.ls2.gamma',
    'norm.weight',
    'classifier.weight',
  ];
  expect(factors(keys, 0.5)).toEqual([0.125, 0.125, 0.125, 0.25, 0.25, 0.5, 1, 1]);
  expect(factors(keys, 1)).toEqual(keys.map(() => 1));
});

it.each([
  [
    ['features.0.0.weight', 'features.1.block.0.0.weight', 'features.2.0.weight', 'classifier.0.weight'],
    [3, 2, 1, 0],
  ],
  [
    ['conv_stem.weight', 'bn1.weight', 'blocks.0.0.conv.weight', 'blocks.1.0.conv.weight', 'bn2.bias'],
    [3, 3, 2, 1, 0],
  ],
  [
    ['body.conv1.0.weight', 'body.layer1.0.conv1.0.weight', 'body.layer2.0.conv1.0.weight'],
    [3, 2, 1],
  ],
])('knows the parts of other backbones: %j', (keys, powers) => {
  expect(factors(keys, 0.5)).toEqual(powers.map((power) => 0.5 ** power));
});

it('leaves a backbone without numbered parts alone', () => {
  expect(factors(['stem.weight', 'classifier.weight'], 0.5)).toEqual([1, 1]);
});
