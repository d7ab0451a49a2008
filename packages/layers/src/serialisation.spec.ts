import { io, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { input, layers, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import * as polytag from './index.js';

beforeAll(() => useEngine('cpu'));

/** A model with every layer of the package. */
function everyLayer() {
  const seed = 11;
  const image = input({ shape: [null, null, 3], name: 'image' });
  const chain = (x: SymbolicTensor, ...layers: polytag.ParametricLayer[]) =>
    layers.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x);
  const shortcut = chain(
    image,
    new polytag.SpaceToDepth({ name: 'stem.s2d', block: 2, seed }),
    new polytag.Convolution2D({
      name: 'stem.conv_a',
      filters: 4,
      kernelSize: 3,
      stride: 2,
      padding: 'same',
      seed,
    }),
    new polytag.BatchNorm({
      name: 'stem.bn',
      activation: 'leaky-relu',
      slope: 0.3,
      epsilon: 1e-3,
      momentum: 0.01,
      seed,
    }),
    new polytag.Abn({ name: 'stem.abn', alias: 'stem.norm', activation: 'leaky-relu', slope: 1e-3, seed }),
    new polytag.AveragePool({ name: 'stem.average', seed }),
    new polytag.BlurPool({ name: 'stem.blur', seed }),
  );
  const block = chain(
    shortcut,
    new polytag.DepthwiseConvolution2D({ name: 'block.conv_dw', kernelSize: 5, seed }),
    new polytag.Activation({ name: 'block.act', activation: 'hard-swish', seed }),
    new polytag.SqueezeExcite({ name: 'block.se', reduced: 8, keys: 'timm', seed }),
    new polytag.Linear({ name: 'block.conv_pw', units: 4, bias: false, layout: 'pointwise', seed }),
  );
  const sum = new polytag.AddResidual({ name: 'block.add', seed }).apply([block, shortcut]) as SymbolicTensor;
  const patches = chain(
    image,
    new polytag.PatchEmbedding({ name: 'patches', patch: 4, units: 4, alias: 'embeddings.projection', seed }),
    new polytag.LayerScale({ name: 'patches.ls', initial: 0.3, alias: 'patches.scale', seed }),
    new polytag.Linear({ name: 'patches.qkv', units: 12, alias: ['query', 'key', 'value'], seed }),
  );
  const tokens = chain(
    layers.reshape({ name: 'flat', targetShape: [-1, 12] }).apply(patches) as SymbolicTensor,
    new polytag.SelfAttention({ name: 'attention', heads: 2, seed }),
  );
  const cells = new polytag.PatchMap({ name: 'cells', seed }).apply([tokens, patches]) as SymbolicTensor;
  const first = new polytag.FirstToken({ name: 'first', seed }).apply(tokens) as SymbolicTensor;
  const joined = new polytag.ClassTokenRow({ name: 'joined', seed }).apply([first, cells]) as SymbolicTensor;
  const token = chain(joined, new polytag.TokenOfRow({ name: 'token', seed }));
  const map = chain(
    joined,
    new polytag.MapBelowRow({ name: 'map', seed }),
    new polytag.GlobalPool({ name: 'pooled', seed }),
  );
  const summary = new polytag.AddResidual({ name: 'summary', seed }).apply([token, map]) as SymbolicTensor;
  const output = chain(
    sum,
    new polytag.PRelu({ name: 'act', seed }),
    new polytag.GlobalPool({ name: 'pool', pooling: 'avg+max', seed }),
    new polytag.LayerNorm({ name: 'norm', epsilon: 1e-4, seed }),
    new polytag.Dropout({ name: 'drop', rate: 0.1, seed }),
    new polytag.AngularLinear({ name: 'classifier', units: 5, seed }),
    new polytag.SymmetricAdjust({ name: 'adjust', exponent: 1.5, seed }),
  );
  const larger = chain(
    image,
    new polytag.ResizedImage({ name: 'larger', height: 24, width: 36, seed }),
    new polytag.Mirrored({ name: 'larger.mirrored', seed }),
    new polytag.ResampledMap({ name: 'larger.map', height: 16, width: 24, seed }),
  );
  const views = new polytag.MeanOfAll({ name: 'views', seed }).apply([
    larger,
    chain(larger, new polytag.Mirrored({ name: 'views.mirrored', seed })),
  ]) as SymbolicTensor;
  return model({ inputs: image, outputs: [output, summary, views], name: 'every-layer' });
}

describe('a model of these layers', () => {
  it('is saved and loaded by tfjs itself', async () => {
    const original = everyLayer();
    let saved: io.ModelArtifacts | undefined;
    await original.save(
      io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await loadLayersModel(io.fromMemory(saved!));
    const random = new RandomStream(1, 'image');
    const x = tensor(
      Float32Array.from({ length: 2 * 16 * 24 * 3 }, () => random.normal()),
      [2, 16, 24, 3],
    );
    for (const args of [{}, { training: true, step: 2 }]) {
      const expected = (original.apply(x, args) as Tensor[]).map((one) => one.dataSync());
      expect((loaded.apply(x, args) as Tensor[]).map((one) => one.dataSync())).toEqual(expected);
    }
    const listed = (network: typeof loaded) =>
      polytag.parametersOf(network).map(({ key, layout, alias }) => [key, layout, alias?.key, alias?.more]);
    expect(listed(loaded)).toEqual(listed(original));
    const configs = (network: typeof loaded) => network.layers.map((layer) => layer.getConfig());
    expect(configs(loaded)).toEqual(configs(original));
  });

  it('has every layer class of the package', () => {
    const classes = Object.values(polytag).filter(
      (value) => Object.getPrototypeOf(value) === polytag.ParametricLayer,
    );
    const used = new Set(everyLayer().layers.map((layer) => layer.constructor));
    expect(classes.filter((layer) => !used.has(layer as never))).toEqual([]);
  });
});
