import { memory, tensor, tensor3d, tidy, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { checkpointShape, parametersOf, withEmptyWeights } from '@polytag/layers';
import { buildBackbone } from '../build-backbone.js';
import { interpolatePositions, interpolationMatrix, POSITION_RULES } from './position-table.js';
import type { ViTPlan } from './sizes.js';
import { vit, vitS14, vitS14Reg } from './vit.js';

beforeAll(() => useEngine('wasm'));

const tiny: ViTPlan = { patch: 4, width: 12, depth: 2, heads: 3, tableSide: 3 };

function image(shape: number[]): Tensor {
  const random = new RandomStream(3, 'image');
  return tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );
}

it('has the keys and shapes of the published weights, S with four registers', () => {
  const network = withEmptyWeights(() => buildBackbone(vitS14Reg.create(vitS14Reg.options.parse({}))));
  const parameters = parametersOf(network);
  const shapes = Object.fromEntries(parameters.map((one) => [one.key, checkpointShape(one)]));
  expect(Object.keys(shapes)).toHaveLength(6 + 12 * 14 + 2);
  expect(shapes).toMatchObject({
    cls_token: [1, 1, 384],
    pos_embed: [1, 1370, 384],
    register_tokens: [1, 4, 384],
    mask_token: [1, 384],
    'patch_embed.proj.weight': [384, 3, 14, 14],
    'blocks.0.attn.qkv.weight': [1152, 384],
    'blocks.0.attn.qkv.bias': [1152],
    'blocks.11.ls2.gamma': [384],
    'blocks.11.mlp.fc1.weight': [1536, 384],
    'norm.weight': [384],
  });
  expect(parameters.filter(({ trainable }) => !trainable).map(({ key }) => key)).toEqual(['mask_token']);
  network.dispose();
});

it('knows the names of transformers, query, key and value apart', () => {
  const network = buildBackbone(vit({ size: tiny, registers: 1 }));
  const aliases = new Map(
    parametersOf(network).map(({ key, alias }) => [key, [alias?.key, ...(alias?.more ?? [])]]),
  );
  const attention = 'encoder.layer.1.attention.attention';
  expect(Object.fromEntries(aliases)).toMatchObject({
    pos_embed: ['embeddings.position_embeddings'],
    register_tokens: ['embeddings.register_tokens'],
    'patch_embed.proj.bias': ['embeddings.patch_embeddings.projection.bias'],
    'blocks.1.attn.qkv.weight': ['query', 'key', 'value'].map((part) => `${attention}.${part}.weight`),
    'blocks.1.attn.proj.weight': ['encoder.layer.1.attention.output.dense.weight'],
    'blocks.1.ls2.gamma': ['encoder.layer.1.layer_scale2.lambda1'],
    'blocks.1.mlp.fc2.bias': ['encoder.layer.1.mlp.fc2.bias'],
    'norm.bias': ['layernorm.bias'],
  });
  network.dispose();
});

it('makes one cell of each patch at any size of whole patches, with the class token beside the map', () => {
  const backbone = vit({ size: tiny, registers: 2 });
  const x = input({ shape: [null, null, 3] });
  const { featureMap, classToken } = backbone.applyWithClassToken!(x);
  const network = model({ inputs: x, outputs: [featureMap, classToken] });
  const before = memory().numTensors;
  for (const [height, width] of [
    [12, 12],
    [8, 20],
  ]) {
    tidy(() => {
      const [map, token] = network.apply(image([2, height, width, 3])) as Tensor[];
      expect([map.shape, token.shape]).toEqual([
        [2, height / 4, width / 4, 12],
        [2, 12],
      ]);
      expect(map.dataSync<'float32'>().every(Number.isFinite)).toBe(true);
    });
  }
  expect(memory().numTensors).toBe(before);
  network.dispose();
});

it('takes the rule of positions that DINOv2 has for the variant', () => {
  const ruleOf = (definition: typeof vitS14, options = {}) => {
    const x = input({ shape: [28, 28, 3] });
    const outputs = withEmptyWeights(() =>
      definition.create(definition.options.parse(options)).apply(x),
    ) as SymbolicTensor;
    const network = model({ inputs: x, outputs });
    const { positions } = network.getLayer('tokens').getConfig();
    network.dispose();
    return positions;
  };
  expect([ruleOf(vitS14), ruleOf(vitS14Reg), ruleOf(vitS14, { positions: 'size' })]).toEqual([
    'offset',
    'antialias',
    'size',
  ]);
});

describe.each(POSITION_RULES)('positions by the rule %s', (rule) => {
  const table = (side: number): Tensor3D => {
    const random = new RandomStream(7, 'table');
    return tensor3d(
      Float32Array.from({ length: side * side * 2 }, () => random.normal()),
      [1, side * side, 2],
    );
  };

  it('weights of a cell sum to 1', () => {
    for (const [source, target] of [
      [37, 16],
      [5, 8],
      [3, 1],
    ]) {
      const matrix = interpolationMatrix(source, target, rule);
      for (let i = 0; i < target; i++) {
        const sum = matrix.slice(i * source, (i + 1) * source).reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(1, 5);
      }
    }
  });

  it('leaves a table of the same grid alone, and no other of as many cells', () => {
    tidy(() => {
      const square = table(4);
      expect(interpolatePositions(square, [4, 4], rule).dataSync()).toEqual(square.dataSync());
      const flat = interpolatePositions(square, [2, 8], rule);
      expect(flat.shape).toEqual([1, 16, 2]);
      expect(flat.dataSync()).not.toEqual(square.dataSync());
    });
  });
});

it('refuses heads that do not divide the width', () => {
  expect(() => vit({ size: { ...tiny, heads: 5 } })).toThrow(
    expect.objectContaining({ code: 'usage/heads' }),
  );
});
