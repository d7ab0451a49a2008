import '@tensorflow/tfjs';
import { keep, serialization, tensor1d, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayerVariable, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { HALF, defineBackbone, type Backbone, type BackboneDefinition } from '@polytag/core';
import {
  efficientNetV2Schema,
  efficientNetV2,
  mobileNetV3Large,
  mobileNetV3Small,
  tresNetSchema,
  vit,
  vitSchema,
  tresNet,
} from '@polytag/backbones';
import { useEngine } from '@polytag/engine';
import { Activation, BatchNorm, Convolution2D, ParametricLayer, zeros } from '@polytag/layers';
import * as z from 'zod';
import { checkBackbone, type CheckBackboneOptions } from './check-backbone.js';

beforeAll(() => useEngine('wasm'));

/** A backbone of one's own: two convolutions, stride 4. */
function backboneWith(
  after: (map: SymbolicTensor) => SymbolicTensor = (map) => map,
  change: Partial<Backbone> = {},
): Backbone {
  const convolution = (name: string, filters: number) =>
    new Convolution2D({ name, filters, kernelSize: 3, stride: 2, padding: 'symmetric' });
  return {
    name: 'mine',
    featureChannels: 6,
    stride: 4,
    normalisation: HALF,
    padding: 'symmetric',
    apply: (image) => {
      const stem = convolution('stem', 4).apply(image);
      const normal = new BatchNorm({ name: 'norm', activation: 'relu' }).apply(stem);
      return after(convolution('last', 6).apply(normal) as SymbolicTensor);
    },
    ...change,
  };
}
const plain = backboneWith();

/** Subtracts a running mean that it moves in the cases a test asks for. */
class Drift extends ParametricLayer {
  static readonly className = 'ConformanceDrift';
  #mean!: LayerVariable;
  constructor(
    options: { name: string; seed?: number },
    readonly moves: (training: boolean) => boolean = (training) => training,
  ) {
    super(options);
  }
  override build(): void {
    this.#mean = this.addParameter('mean', [1], { initialiser: zeros, buffer: true });
    this.built = true;
  }
  override call(inputs: Tensor | Tensor[], { training = false }: { training?: boolean }): Tensor {
    return tidy(() => {
      const x = this.only<Tensor4D>(inputs);
      if (this.moves(training)) this.#mean.write(this.#mean.read().add(1));
      return training ? x.clone() : x.sub(this.#mean.read());
    });
  }
}
serialization.registerClass(Drift as never);
const drift = (moves?: (training: boolean) => boolean) => (map: SymbolicTensor) =>
  new Drift({ name: 'drift' }, moves).apply(map) as SymbolicTensor;

/** Subtracts the mean over batch and cells, in inference too. */
class BatchMean extends ParametricLayer {
  static readonly className = 'ConformanceBatchMean';
  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = this.only<Tensor4D>(inputs);
      return x.sub(x.mean([0, 1, 2], true));
    });
  }
}
serialization.registerClass(BatchMean as never);

describe('checkBackbone', () => {
  // The published sizes differ from these in numbers of blocks and channels only, and take minutes to fill.
  const narrow = { options: { widthMultiplier: 0.25 } };
  const builtIn: [BackboneDefinition, CheckBackboneOptions][] = [
    [mobileNetV3Small, narrow],
    [mobileNetV3Large, narrow],
    [
      defineBackbone({
        name: 'efficientnet-v2',
        options: efficientNetV2Schema,
        create: (options) =>
          efficientNetV2({
            ...options,
            size: [
              { kind: 'conv', repeats: 1, stride: 1, expansion: 1, channels: 8 },
              { kind: 'fused', repeats: 2, stride: 2, expansion: 4, channels: 12 },
              { kind: 'mbconv', repeats: 2, stride: 2, expansion: 4, channels: 16 },
            ],
          }),
      }),
      {},
    ],
    ...(['basic', 'bottleneck'] as const).map((first): [BackboneDefinition, CheckBackboneOptions] => [
      defineBackbone({
        name: `tresnet with ${first} blocks first`,
        options: tresNetSchema,
        create: (options) => tresNet({ ...options, size: { blocks: [1, 2, 1, 1], planes: 8, first } }),
      }),
      { sizes: [[64, 36]] },
    ]),
    [
      defineBackbone({
        name: 'vit',
        options: vitSchema,
        create: (options) =>
          vit({
            ...options,
            size: { patch: 7, width: 12, depth: 2, heads: 3, tableSide: 3 },
            registers: 2,
          }),
      }),
      {
        sizes: [
          [14, 14],
          [7, 28],
        ],
      },
    ],
  ];
  it.each(builtIn.map(([definition, options]) => [definition.name, definition, options] as const))(
    'lets the built-in backbone %s pass',
    (_, definition, options) => checkBackbone(definition, options),
  );

  it('lets backbones of one’s own pass', async () => {
    await checkBackbone(plain);
    await checkBackbone(() => backboneWith(drift()));
  });

  const kept: Tensor[] = [];
  let built = 0;
  const cases: [rule: string, what: string, backbone: Backbone][] = [
    ['contract', 'half a channel', { ...plain, featureChannels: 0.5 }],
    ['contract', 'no stride', { ...plain, stride: 0 }],
    ['contract', 'a deviation of 0', { ...plain, normalisation: { mean: [0, 0, 0], std: [1, 1, 0] } }],
    ['contract', 'an unknown padding rule', { ...plain, padding: 'valid' as 'same' }],
    [
      'shape',
      'a promise',
      { ...plain, apply: (async (image: SymbolicTensor) => plain.apply(image)) as never },
    ],
    ['shape', 'a tensor with values', { ...plain, apply: () => tensor1d([1]) as never }],
    ['shape', 'fewer channels than promised', { ...plain, featureChannels: 8 }],
    ['shape', 'a smaller stride than promised', { ...plain, stride: 8 }],
    ['training', 'statistics that training leaves', backboneWith(drift(() => false))],
    ['training', 'statistics that inference moves', backboneWith(drift(() => true))],
    [
      'batch',
      'batch statistics in inference',
      backboneWith((map) => new BatchMean({ name: 'mean' }).apply(map) as SymbolicTensor),
    ],
    [
      'deterministic',
      'another seed each time',
      {
        ...plain,
        apply: (image) =>
          new Convolution2D({
            name: 'only',
            filters: 6,
            kernelSize: 3,
            stride: 4,
            padding: 'same',
            seed: built++,
          }).apply(image) as SymbolicTensor,
      },
    ],
    [
      'gradient',
      'weights behind a dead activation',
      backboneWith(
        (map) =>
          new Activation({ name: 'relu', activation: 'relu' }).apply(
            new Shift({ name: 'shift' }).apply(map),
          ) as SymbolicTensor,
      ),
    ],
    [
      'tensors',
      'a tensor that is kept',
      backboneWith((map) => {
        kept.push(keep(tensor1d([1])));
        return map;
      }),
    ],
  ];
  it.each(cases)('finds a broken rule "%s": %s', async (rule, _, backbone) => {
    built = 0;
    await expect(checkBackbone(backbone)).rejects.toMatchObject({ name: 'ConformanceError', rule });
    for (const tensor of kept.splice(0)) tensor.dispose();
  });

  it('checks the sizes it is given', async () => {
    const even = backboneWith((map) => map);
    const onlyEven: Backbone = {
      ...even,
      apply: (image) => {
        if (image.shape[1]! % 4 !== 0) throw new Error('sizes must be multiples of 4');
        return even.apply(image);
      },
    };
    await checkBackbone(onlyEven, { sizes: [[8, 12]] });
    await expect(checkBackbone(onlyEven)).rejects.toThrow('sizes must be multiples of 4');
  });

  it('finds wrong definitions', async () => {
    const strict = defineBackbone({ name: 'mine', options: z.strictObject({}), create: () => plain });
    await checkBackbone(strict);
    const loose = defineBackbone({ name: 'mine', options: z.object({}), create: () => plain });
    await expect(checkBackbone(loose)).rejects.toMatchObject({ rule: 'definition' });
  });
});

/** Far below zero, so that a rectifier after it is dead. */
class Shift extends ParametricLayer {
  static readonly className = 'ConformanceShift';
  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => this.only<Tensor4D>(inputs).sub(1000));
  }
}
serialization.registerClass(Shift as never);
