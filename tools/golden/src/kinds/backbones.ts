import {
  dispose,
  grad,
  grads,
  keep,
  mul,
  sum,
  tensor,
  tidy,
  transpose,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { input, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { buildBackbone, tresNetBlock } from '@polytag/backbones';
import { applyHead, LabelVocabulary } from '@polytag/core';
import { globalAveragePool } from '@polytag/ops';
import {
  Abn,
  AveragePool,
  BatchNorm,
  BlurPool,
  Convolution2D,
  SpaceToDepth,
  SqueezeExcite,
  assignParameters,
  InferenceNetwork,
  parametersOf,
  toCheckpointOrder,
  type Parameter,
  type ParametricLayer,
  withEmptyWeights,
} from '@polytag/layers';
import { expectRelativeToAbsmax } from '../compare.js';
import { filledAs } from '../fill.js';
import type { Fixtures, GoldenCase } from '../fixtures.js';
import {
  CLASSIFIER,
  backboneCase,
  fullModelCase,
  loadCase,
  type PublishedModel,
} from '../published-models.js';
import type { GoldenContext, GoldenRunner, KindRunners } from '../runner.js';

/** A stored NCHW tensor as NHWC. */
function channelsLast(fixtures: Fixtures, golden: GoldenCase, role: string): Tensor4D {
  const { data, shape } = fixtures.tensor(golden, role);
  return tidy(() => {
    const stored: Tensor = tensor(Float32Array.from(data as Float32Array), [...shape]);
    return transpose(stored, [0, 2, 3, 1]) as Tensor4D;
  });
}

const channelsFirst = (x: Tensor): Tensor => (x.rank === 4 ? transpose(x, [0, 3, 1, 2]) : x);

/** A tensor to compare with the case's of that role. */
type Judged = readonly [role: string, got: Tensor, tolerance: number];

/** Compares the tensors that `compute` gives with the case's; maps are stored as NCHW. */
async function expectTensors(
  fixtures: Fixtures,
  golden: GoldenCase,
  compute: () => readonly Judged[],
): Promise<void> {
  const judged: Judged[] = [];
  const tensors = tidy(() => {
    judged.push(...compute());
    return judged.map(([, got]) => channelsFirst(got));
  });
  const values = await Promise.all(tensors.map((one) => one.data()));
  dispose(tensors);
  judged.forEach(([role, , tolerance], i) =>
    expectRelativeToAbsmax(role, values[i], fixtures.tensor(golden, role).data as Float32Array, tolerance),
  );
}

/**
 * Feature map and raw outputs of a case's network on its input, as it is and with its batch norms folded. On `cpu`,
 * where a large network takes long, only as it is: the spec of InferenceNetwork compares both forms there.
 */
async function expectOutputs(
  golden: GoldenCase,
  { fixtures, engine }: GoldenContext,
  { backbone, head, unused }: PublishedModel,
): Promise<void> {
  const labels = new LabelVocabulary(Array.from({ length: golden['num_classes'] }, (_, i) => i));
  const network = withEmptyWeights(() => {
    const image = input({ shape: [null, null, 3], name: 'image' });
    const features = backbone.apply(image);
    const { outputs } = applyHead(head, features, { labels, seed: 0, backbone });
    return model({ inputs: image, outputs: [features, outputs] });
  });
  try {
    loadCase(golden, fixtures, parametersOf(network), unused);
    const { features_rel_to_absmax, logits_rel_to_absmax } = golden['tolerance'];
    const all = ([map, logits]: Tensor[]): Judged[] => [
      ...(
        [
          ['features', map, features_rel_to_absmax],
          ['pooled', globalAveragePool(map as Tensor4D), features_rel_to_absmax],
        ] as const
      ).filter(([role]) => golden.tensors![role]),
      ['logits', logits, logits_rel_to_absmax],
    ];
    const inference = engine === 'cpu' ? undefined : new InferenceNetwork(network);
    try {
      await expectTensors(fixtures, golden, () => {
        const x = channelsLast(fixtures, golden, 'input');
        return [...all(network.apply(x) as Tensor[]), ...(inference ? all(inference.apply(x)) : [])];
      });
    } finally {
      inference?.dispose();
    }
  } finally {
    network.dispose();
  }
}

const backboneTrain: GoldenRunner = async (golden, { fixtures }) => {
  const network = withEmptyWeights(() => buildBackbone(backboneCase(golden).backbone));
  const parameters = parametersOf(network);
  try {
    loadCase(golden, fixtures, parameters, CLASSIFIER);
    await expectTraining(golden, fixtures, network, parameters);
  } finally {
    network.dispose();
  }
};

/** One forward pass on batch statistics, and the gradients of Σ features·cotangent. */
async function expectTraining(
  golden: GoldenCase,
  fixtures: Fixtures,
  network: LayersModel,
  parameters: readonly Parameter[],
): Promise<void> {
  const { features_rel_to_absmax, grad_rel_to_absmax, running_rel } = golden['tolerance'];
  const trainable = parameters.filter((parameter) => parameter.trainable);
  let atParameters: Tensor[] = [];
  await expectTensors(fixtures, golden, () => {
    const x = channelsLast(fixtures, golden, 'input');
    const cotangent = channelsLast(fixtures, golden, 'cotangent');
    let features!: Tensor;
    const [atInput, ...others] = grads((image: Tensor, ..._weights: Tensor[]) => {
      features = keep(network.apply(image, { training: true, step: 0 }) as Tensor);
      return sum(mul(features, cotangent));
    })([x, ...trainable.map(({ variable }) => variable.read())]);
    atParameters = others.map(keep);
    const map = features.clone();
    features.dispose();
    return [
      ['features', map, features_rel_to_absmax],
      ['grad_input', atInput, grad_rel_to_absmax],
    ];
  });
  const read = async (tensors: readonly Tensor[]) => Promise.all(tensors.map((one) => one.data<'float32'>()));
  const states = await read(parameters.map(({ variable }) => variable.read()));
  const state = new Map(parameters.map(({ key }, i) => [key, states[i]]));
  const values = await read(atParameters);
  dispose(atParameters);
  const gradients = new Map(
    trainable.map(({ key, layout, variable }, i) => [
      key,
      toCheckpointOrder(layout, variable.shape as number[], values[i]),
    ]),
  );
  const stored = (kind: string) =>
    Object.keys(golden.tensors!)
      .filter((role) => role.startsWith(`${kind}/`))
      .map(
        (role) => [role.slice(kind.length + 1), fixtures.tensor(golden, role).data as Float32Array] as const,
      );
  for (const [key, expected] of stored('after')) {
    expectRelativeToAbsmax(`${key} after the pass`, state.get(key)!, expected, running_rel);
  }
  for (const [key, expected] of stored('grad')) expectGradient(key, gradients, expected, grad_rel_to_absmax);
  const lengths = new Map([...gradients].map(([key, values]) => [key, [length(values)]]));
  for (const [key, norm] of Object.entries<number>(golden['grad_l2'] ?? {})) {
    expectGradient(key, lengths, [norm], grad_rel_to_absmax);
  }
}

function length(values: ArrayLike<number>): number {
  let squared = 0;
  for (let i = 0; i < values.length; i++) squared += values[i] * values[i];
  return Math.sqrt(squared);
}

function absmax(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

/**
 * The bias of a batch norm whose result goes straight into another batch norm has no effect: its gradient is 0, and
 * what the case stores is the rounding of float64, 1e-14 of what the weight beside it gets. No float32 number is
 * within a share of that. There the two gradients, sums of the same products, are held to the scale of the weight's.
 */
function expectGradient(
  key: string,
  gradients: ReadonlyMap<string, ArrayLike<number>>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  const got = gradients.get(key)!;
  const beside = gradients.get(key.replace(/\.bias$/, '.weight'))!;
  if (key.endsWith('.bias') && absmax(expected) < 1e-12 * absmax(beside)) {
    // The weight's largest value is put beside the zeros, so that the rule "relative to the largest" has its scale.
    const scale = absmax(beside);
    expectRelativeToAbsmax(
      `gradient of ${key}`,
      [...Array.from(got), scale],
      [...Array.from(expected), scale],
      tolerance,
    );
  } else {
    expectRelativeToAbsmax(`gradient of ${key}`, got, expected, tolerance);
  }
}

const SAME_CONVOLUTION = /^TF SAME convolution k(\d+) stride (\d+)$/;
const ABN = /^(plain|InPlace) ?ABN eval: .*leaky slope ([\d.e-]+)$/;
const SQUEEZE_EXCITE = /^(d-li14 MobileNetV3|TResNet) SE/;
const BLOCK = /^TResNet (basic block|bottleneck) (\d+)->(\d+).* stride (\d)( with SE)?/;

/** The layer or block that a case of kind `layer` describes in words, its keys beginning with `layer.`. */
function layerOf(golden: GoldenCase, x: SymbolicTensor): SymbolicTensor {
  const { op } = golden['params'];
  const shapes = new Map<string, number[]>(golden['state_keys']);
  const name = 'layer';
  const block = BLOCK.exec(op);
  if (block) {
    const [, kind, , planes, stride, squeeze] = block;
    return tresNetBlock(x, {
      name,
      kind: kind === 'bottleneck' ? 'bottleneck' : 'basic',
      planes: Number(planes),
      stride: Number(stride) as 1 | 2,
      squeeze: squeeze !== undefined,
      layout: 'reference',
      epsilon: 1e-5,
      momentum: 0.1,
      seed: 0,
    });
  }
  return plainLayer(op, name, shapes).apply(x) as SymbolicTensor;
}

function plainLayer(op: string, name: string, shapes: ReadonlyMap<string, number[]>): ParametricLayer {
  const convolution = SAME_CONVOLUTION.exec(op);
  if (convolution) {
    const [kernelSize, stride] = convolution.slice(1).map(Number);
    return new Convolution2D({
      name,
      filters: shapes.get('weight')![0],
      kernelSize,
      stride,
      padding: 'same',
    });
  }
  const abn = ABN.exec(op);
  if (abn) {
    const options = { name, activation: 'leaky-relu', slope: Number(abn[2]) } as const;
    return abn[1] === 'plain' ? new BatchNorm(options) : new Abn(options);
  }
  const squeeze = SQUEEZE_EXCITE.exec(op);
  if (squeeze) {
    return squeeze[1] === 'TResNet'
      ? new SqueezeExcite({
          name,
          reduced: shapes.get('fc1.weight')![0],
          keys: 'torchvision',
          gate: 'sigmoid',
        })
      : new SqueezeExcite({ name, reduced: shapes.get('fc.0.weight')![0] });
  }
  if (op.startsWith('3x3 binomial')) return new BlurPool({ name });
  if (op.startsWith('2x2 average pool')) return new AveragePool({ name });
  if (op.startsWith('space to depth'))
    return new SpaceToDepth({ name, block: Number(/block (\d+)/.exec(op)![1]) });
  throw new Error(`no layer is known as "${op}"`);
}

const layer: GoldenRunner = async (golden, { fixtures }) => {
  const stored = channelsLast(fixtures, golden, 'input');
  const x = input({ shape: stored.shape.slice(1) });
  const network = model({ inputs: x, outputs: layerOf(golden, x) });
  const parameters = parametersOf(network);
  try {
    const shapes = new Map<string, number[]>(golden['state_keys']);
    const report = assignParameters(parameters, (key) => {
      const name = key.slice('layer.'.length);
      const role = `weights/${name}`;
      if (golden.tensors![role])
        return fixtures.tensor(golden, role) as { shape: number[]; data: Float32Array };
      return { shape: shapes.get(name)!, data: filledAs(golden['fill'], name, shapes.get(name)!) };
    });
    if (report.matched.length !== shapes.size) throw new Error(`set ${report.matched.join(', ')} only`);
    const { output_rel_to_absmax, grad_rel_to_absmax } = golden['tolerance'];
    const inference = new InferenceNetwork(network);
    await expectTensors(fixtures, golden, () => {
      const cotangent = channelsLast(fixtures, golden, 'cotangent');
      const [folded] = inference.apply(stored);
      return [
        ['output', network.apply(stored) as Tensor, output_rel_to_absmax],
        ['output', folded, output_rel_to_absmax],
        [
          'grad_input',
          grad((image) => sum(mul(network.apply(image) as Tensor, cotangent)))(stored),
          grad_rel_to_absmax,
        ],
      ];
    });
    inference.dispose();
  } finally {
    stored.dispose();
    network.dispose();
  }
};

export const backboneKinds: KindRunners = {
  backbone: {
    run: (golden, context) => expectOutputs(golden, context, backboneCase(golden)),
    isPublished: true,
  },
  backbone_train: { run: backboneTrain },
  full_model: {
    run: (golden, context) => expectOutputs(golden, context, fullModelCase(golden, context.fixtures)),
    isPublished: true,
  },
  layer: { run: layer },
};
