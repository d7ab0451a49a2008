import '@tensorflow/tfjs';
import {
  keep,
  matMul,
  mul,
  reshape,
  serialization,
  tensor1d,
  tidy,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import {
  initializers,
  layers as stock,
  regularizers,
  type LayerVariable,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import {
  applyHead,
  defineHead,
  type AppliedHead,
  type Head,
  type HeadContext,
  type HeadHeatMaps,
} from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { headDefinitions } from '@polytag/heads';
import { alongAxes, AngularLinear, GlobalPool, Linear, ParametricLayer, ones } from '@polytag/layers';
import { softmax } from '@polytag/ops';
import * as z from 'zod';
import { checkBackbone } from '../backbone/check-backbone.js';
import { checkLoss } from '../loss/check-loss.js';
import { checkHead } from './check-head.js';

beforeAll(() => useEngine('cpu'));

const classifierByLabel: AppliedHead['byLabel'] = (key) =>
  key.startsWith('classifier.') ? alongAxes(0) : undefined;

/** A head of one's own: pooling and a classifier, with something between the two. */
function headWith(between: (pooled: SymbolicTensor, context: HeadContext) => SymbolicTensor): Head {
  return {
    name: 'mine',
    space: 'logits',
    apply: (featureMap, context) => {
      const { labels, seed } = context;
      const pooled = new GlobalPool({ name: 'pool' }).apply(featureMap) as SymbolicTensor;
      const features = between(pooled, context);
      const classifier = new Linear({ name: 'classifier', units: labels.size, seed });
      return {
        outputs: classifier.apply(features) as SymbolicTensor,
        scale: 1,
        byLabel: classifierByLabel,
      };
    },
  };
}
const plain = headWith((pooled) => pooled);

/** The plain head, with something else in what it gives. */
const giving = (change: object | ((given: AppliedHead, context: HeadContext) => object)): Head => ({
  ...plain,
  apply: (map, context) => {
    const given = applyHead(plain, map, context);
    return { ...given, ...(typeof change === 'function' ? change(given, context) : change) };
  },
});

/** The plain head for so many labels as channels, with heat maps. */
const mapped = (heatMaps: (map: SymbolicTensor, labels: number) => unknown): Head => ({
  ...plain,
  apply: (map, context) => {
    const given = applyHead(plain, map, context);
    return { ...given, heatMaps: () => heatMaps(map, context.labels.size) as HeadHeatMaps };
  },
});
const cells = (units: number) => (map: SymbolicTensor) =>
  new Linear({ name: 'cells', units }).apply(map) as SymbolicTensor;

/** A layer that computes what a test asks for. */
class Custom extends ParametricLayer {
  static readonly className: string = 'ConformanceCustom';
  weight!: LayerVariable;
  constructor(
    options: { name: string; seed?: number },
    readonly compute: (x: Tensor2D, weight: Tensor, kwargs: { training?: boolean }) => Tensor = (x) => x,
    readonly withWeight = false,
  ) {
    super(options);
  }
  override build(): void {
    if (this.withWeight) this.weight = this.addParameter('weight', [1], { initialiser: ones });
    this.built = true;
  }
  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    return tidy(() => this.compute(this.only(inputs), this.weight?.read(), kwargs));
  }
}
serialization.registerClass(Custom as never);

/** Not registered with tfjs. */
class Stranger extends Custom {
  static override readonly className: string = 'ConformanceStranger';
}

/** Has a weight that it does not use. */
class Idle extends ParametricLayer {
  static readonly className = 'ConformanceIdle';
  readonly weightName: string;
  constructor(options: { name: string; seed?: number; weightName?: string }) {
    super(options);
    this.weightName = options.weightName ?? 'weight';
  }
  override build(): void {
    this.addParameter(this.weightName, [1], { initialiser: ones });
    this.built = true;
  }
  override call(inputs: Tensor | Tensor[]): Tensor {
    return this.only<Tensor>(inputs).clone();
  }
  override getConfig() {
    return { ...super.getConfig(), weightName: this.weightName };
  }
}
serialization.registerClass(Idle as never);
const idle = (name: string, weightName?: string) => (x: SymbolicTensor) =>
  new Idle({ name, weightName }).apply(x) as SymbolicTensor;

const custom =
  (compute: Custom['compute'], withWeight = false) =>
  (x: SymbolicTensor) =>
    new Custom({ name: 'custom' }, compute, withWeight).apply(x) as SymbolicTensor;

/** The first channels of a feature map, for 7 labels. */
const seven = (map: SymbolicTensor) =>
  stock.cropping2D({ dataFormat: 'channelsFirst', cropping: [[0, 0], [0, 9]] }).apply(map) as SymbolicTensor; // prettier-ignore

describe('checkHead', () => {
  const small = { embedding: 16, heads: 2, feedForward: 24 };
  const settings = (name: string) => (name === 'ml-decoder' ? small : {});
  it.each(headDefinitions.map((definition) => [definition.name, definition] as const))(
    'lets the built-in head %s pass, for logits and cosines',
    async (name, definition) => {
      await checkHead(definition, { options: settings(name), labels: 5 });
      await checkHead(definition, {
        options: { ...settings(name), space: 'cosines', scale: 17 },
        // The classifier of ML-Decoder adds a bias to its cosines.
        largestCosine: name === 'ml-decoder' ? undefined : 1,
      });
    },
    30_000,
  );

  it('lets variants pass: graph attention, a published hidden layer, groups of labels', async () => {
    const [linear, graph, decoder] = headDefinitions;
    await checkHead(graph, { options: { layer: 'gat' }, labels: 5 });
    await checkHead(linear, {
      penultimate: {
        width: 6,
        batchNorm: true,
        epsilon: 1e-5,
        names: { linear: 'c.0', batchNorm: 'c.1', activation: 'c.2', classifier: 'c.4' },
        linearIsConvolution: false,
      },
    });
    await checkHead(decoder, { options: { ...small, groups: 3 }, labels: 10 });
  });

  it('lets a head of one’s own pass, as an object, a function or of stock tfjs layers', async () => {
    await checkHead(plain);
    await checkHead(() => plain);
    const kernelInitializer = initializers.glorotUniform({ seed: 3 });
    await checkHead(
      headWith(
        (x) =>
          stock
            .dense({ units: 9, activation: 'tanh', name: 'hidden', kernelInitializer })
            .apply(x) as SymbolicTensor,
      ),
    );
  });

  it('lets a head without byLabel pass when that is on purpose', async () => {
    await checkHead(giving({ byLabel: undefined }), { byLabel: 'none' });
  });

  const outputsAlone: Head = { ...plain, apply: (map, context) => applyHead(plain, map, context).outputs };
  it('lets a head of logits that gives its outputs alone pass', async () => {
    await checkHead(outputsAlone, { byLabel: 'none' });
  });

  const kept: Tensor[] = [];
  let built = 0;
  let steps = 0;
  const cases: [rule: string, what: string, head: Head][] = [
    ['contract', 'no name', { ...plain, name: '' }],
    ['contract', 'logits with a scale', giving({ scale: 30 })],
    ['contract', 'a scale of nothing', { ...giving({ scale: 0 }), space: 'cosines' }],
    ['contract', 'cosines without a scale', { ...outputsAlone, space: 'cosines' }],
    ['labels', 'a scale that counts calls', { ...giving(() => ({ scale: ++steps })), space: 'cosines' }],
    [
      'training',
      'a regulariser',
      {
        ...plain,
        apply: (map, context) => {
          const [kernelRegularizer, kernelInitializer] = [
            regularizers.l2(),
            initializers.glorotUniform({ seed: 1 }),
          ];
          const wide = stock.dense({ name: 'wide', units: 8, kernelRegularizer, kernelInitializer });
          return plain.apply(wide.apply(map) as SymbolicTensor, context);
        },
      },
    ],
    [
      'shape',
      'a tensor with values',
      { ...plain, apply: () => ({ outputs: tensor1d([1]) as never, scale: 1 }) },
    ],
    [
      'gradient',
      'a stock layer whose gradient fails',
      {
        ...plain,
        apply: (map, context) =>
          plain.apply(
            stock.batchNormalization({ name: 'bn', axis: 1 }).apply(map) as SymbolicTensor,
            context,
          ),
      },
    ],
    [
      'shape',
      'one output too many',
      {
        ...plain,
        apply: (map, context) => {
          const pooled = new GlobalPool({ name: 'pool' }).apply(map) as SymbolicTensor;
          const classifier = new Linear({ name: 'classifier', units: context.labels.size + 1 });
          return { outputs: classifier.apply(pooled) as SymbolicTensor, scale: 1 };
        },
      },
    ],
    ['shape', 'a layer that gives another shape than it says', headWith(custom((x) => reshape(x, [-1, 8])))],
    [
      'finite',
      'a division by zero in training mode',
      headWith(custom((x, _, { training }) => (training ? x.div(0) : x))),
    ],
    ['batch', 'a softmax over the images', headWith(custom((x) => softmax(x.transpose()).transpose()))],
    ['keys', 'two layers whose weights get one key', headWith((x) => idle('a', 'b.weight')(idle('a.b')(x)))],
    [
      'gradient',
      'a constant instead of the feature map',
      headWith(
        custom(
          (x, w) =>
            mul(tensor1d([1, 2]), w)
              .sum()
              .mul(x.zerosLike().add(1)),
          true,
        ),
      ),
    ],
    [
      'deterministic',
      'another seed each time',
      { ...plain, apply: (map, context) => plain.apply(map, { ...context, seed: built++ }) },
    ],
    [
      'deterministic',
      'noise that counts calls',
      headWith(custom((x, _, { training }) => (training ? x.mul(++steps) : x))),
    ],
    [
      'weights',
      'a number outside of the weights',
      headWith((x) => {
        const factor = (built++ % 5) + 1;
        return custom((y) => y.mul(factor))(x);
      }),
    ],
    ['config', 'a layer that does not save its options', headWith(custom((x) => x.mul(3)))],
    [
      'config',
      'a layer that is not registered',
      headWith((x) => new Stranger({ name: 'stranger' }).apply(x) as SymbolicTensor),
    ],
    ['label-order', 'weights that do not follow the labels', giving({ byLabel: () => undefined })],
    ['label-order', 'no byLabel, and weights that depend on the labels', giving({ byLabel: undefined })],
    [
      'label-order',
      'a weight that is left out',
      giving({ byLabel: (key: string) => (key === 'classifier.weight' ? alongAxes(0) : undefined) }),
    ],
    ['label-order', 'an error', giving({ byLabel: () => { throw new Error('mine'); } })], // prettier-ignore
    ['contract', 'a byLabel that is no function', giving({ byLabel: {} })],
    [
      'label-order',
      'weights along another axis',
      giving({ byLabel: (key: string) => (key === 'classifier.weight' ? alongAxes(1) : undefined) }),
    ],
    [
      'heat-maps',
      'maps of other cells',
      mapped((map, k) => ({ kind: 'attention', maps: cells(k - 1)(map) })),
    ],
    ['heat-maps', 'maps with weights', mapped((map, k) => ({ kind: 'attention', maps: cells(k)(map) }))],
    ['heat-maps', 'an unknown kind', mapped((map) => ({ kind: 'heat', maps: seven(map) }))],
    ['heat-maps', 'attention below 0', mapped((map) => ({ kind: 'attention', maps: seven(map) }))],
    [
      'heat-maps',
      'contributions to something else',
      mapped((map) => ({ kind: 'contributions', maps: seven(map) })),
    ],
    ['heat-maps', 'an error', giving({ heatMaps: () => { throw new Error('mine'); } })], // prettier-ignore
    ['label-order', 'weights that are too few', giving({ byLabel: () => () => new Float32Array(1) })],
    [
      'tensors',
      'a tensor that is kept',
      headWith((x) => {
        kept.push(keep(tensor1d([1])));
        return x;
      }),
    ],
  ];
  it.each(cases)('finds a broken rule "%s": %s', async (rule, _, head) => {
    [built, steps] = [0, 0];
    await expect(checkHead(head)).rejects.toMatchObject({ name: 'ConformanceError', rule });
    for (const tensor of kept.splice(0)) tensor.dispose();
  });

  it('finds a head that keeps what the first labels gave', async () => {
    const ofFirst = (): Head => {
      let scale: number | undefined;
      return { ...giving((_, { labels }) => ({ scale: (scale ??= labels.size + 1) })), space: 'cosines' };
    };
    await expect(checkHead(ofFirst)).rejects.toMatchObject({ rule: 'labels' });
    let last = '';
    const orderOfLast = giving((_, { labels }) => {
      last = labels.names[labels.size - 1];
      const mine = last;
      return { byLabel: (key: string) => (mine === last ? classifierByLabel!(key) : undefined) };
    });
    await expect(checkHead(orderOfLast)).rejects.toMatchObject({ rule: 'label-order' });
  });

  it('finds cosines beyond the largest one stated', async () => {
    const angular: Head = {
      name: 'mine',
      space: 'cosines',
      apply: (map, { labels, seed }) => {
        const pooled = new GlobalPool({ name: 'pool' }).apply(map) as SymbolicTensor;
        const classifier = new AngularLinear({ name: 'classifier', units: labels.size, seed });
        return {
          outputs: classifier.apply(pooled) as SymbolicTensor,
          scale: 10,
          byLabel: (key) => (key === 'classifier.weight' ? alongAxes(1) : undefined),
        };
      },
    };
    await checkHead(angular, { largestCosine: 1 });
    await expect(checkHead(angular, { largestCosine: 0.05 })).rejects.toMatchObject({ rule: 'cosine-range' });
  });

  it('excuses weights that are named', async () => {
    const head = headWith(idle('idle'));
    await checkHead(head, { withoutGradient: ['idle.weight'] });
    await expect(checkHead(head)).rejects.toMatchObject({ rule: 'gradient' });
  });

  it('finds wrong definitions', async () => {
    const strict = defineHead({ name: 'mine', options: z.strictObject({}), create: () => plain });
    await checkHead(strict);
    await expect(checkHead(strict, { options: { pooling: 'avg' } })).rejects.toMatchObject({
      rule: 'definition',
    });
    const loose = defineHead({ name: 'mine', options: z.object({}), create: () => plain });
    await expect(checkHead(loose)).rejects.toMatchObject({ rule: 'definition' });
  });
});

it.each([
  ['undefined', undefined],
  ['null', null],
  ['text', 'head'],
  ['a namespace with the part by name', { head: plain }],
  ['a module with the part as its default', { default: plain }],
  ['an empty object', {}],
  ['an array', [plain]],
  ['a function that gives nothing', () => undefined],
  [
    'a definition of nothing',
    { kind: 'head', name: 'mine', options: z.strictObject({}), create: () => undefined },
  ],
  [
    'a definition whose create is none',
    { kind: 'head', name: 'mine', options: z.strictObject({}), create: 3 },
  ],
  ['a definition without options', { kind: 'head', name: 'mine', create: () => plain }],
  [
    'a definition of another kind',
    { kind: 'loss', name: 'mine', options: z.strictObject({}), create: () => plain },
  ],
])('an export that is %s breaks a rule, for every kind of part', async (_, given) => {
  for (const [check, kind] of [
    [checkHead, 'head'],
    [checkLoss, 'loss'],
    [checkBackbone, 'backbone'],
  ] as const) {
    // prettier-ignore
    const error: unknown = await check(given as never).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      name: 'ConformanceError',
      rule: expect.stringMatching(/^(definition|contract)$/),
      message: expect.stringContaining(kind),
    });
    expect((error as Error).message).not.toMatch(/Cannot (read|use)|not a function\b.*undefined/);
  }
});

it('finds a part that keeps what it made of its weights', async () => {
  // Keeps the first product of its weights, as a cache by identity would.
  class Keeping extends stock.Layer {
    static readonly className = 'Keeping';
    #kept?: Tensor;
    constructor(private readonly options: { name: string; units: number }) {
      super({ name: options.name });
    }
    override build(shape: number[]): void {
      this.addWeight(
        'kernel',
        [shape[shape.length - 1], this.options.units],
        'float32',
        initializers.glorotUniform({ seed: 1 }),
      );
      this.built = true;
    }
    override call(inputs: Tensor | Tensor[], { training }: { training?: boolean }): Tensor {
      const kernel = this.weights[0].read();
      this.#kept ??= keep(mul(kernel, 1));
      return matMul([inputs].flat()[0] as Tensor, training ? kernel : this.#kept);
    }
    override computeOutputShape(shape: number[]): number[] {
      return [...shape.slice(0, -1), this.options.units];
    }
    override dispose() {
      this.#kept?.dispose();
      return super.dispose();
    }
  }
  serialization.registerClass(Keeping);
  const head = (): Head => ({
    name: 'keeping',
    space: 'logits',
    apply: (map, { labels }) => {
      const pooled = stock.globalAveragePooling2d({ name: 'pool', dataFormat: 'channelsLast' }).apply(map);
      const keeping = new Keeping({ name: 'keeping', units: labels.size });
      return { outputs: keeping.apply(pooled) as SymbolicTensor, scale: 1 };
    },
  });
  await expect(checkHead(head, { byLabel: 'none' })).rejects.toMatchObject({ rule: 'follows' });
});
