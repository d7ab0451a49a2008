import {
  dispose,
  keep,
  mul,
  sum,
  tensor,
  tidy,
  transpose,
  valueAndGrads,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { input, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { applyHead, LabelVocabulary, type Head, type HeadContext, type LabelMatrix } from '@polytag/core';
import {
  csraHead,
  foldChannelWeights,
  graphAttention,
  graphConvolution,
  gcnHead,
  labelAdjacency,
  mlDecoderHead,
  normaliseAdjacency,
} from '@polytag/heads';
import {
  AngularLinear,
  assignParameters,
  parametersOf,
  SymmetricAdjust,
  toCheckpointOrder,
  type CheckpointTensor,
  type Parameter,
} from '@polytag/layers';
import { expectRelativeToAbsmax } from '../compare.js';
import { filledAs } from '../fill.js';
import type { GoldenCase, GoldenTensor } from '../fixtures.js';
import type { GoldenContext, GoldenRunner, KindRunners } from '../runner.js';

/** A weight of the case in checkpoint order: stored as `weights/…`, else filled from its key. */
function weightOf(
  golden: GoldenCase,
  { fixtures }: GoldenContext,
  key: string,
  shape: readonly number[],
): CheckpointTensor {
  if (golden.tensors?.[`weights/${key}`])
    return fixtures.tensor(golden, `weights/${key}`) as CheckpointTensor;
  return { shape, data: filledAs(golden['fill'], key, shape) };
}

/** A tensor of the case; feature maps come as NCHW and are used as NHWC. */
function given(golden: GoldenCase, { fixtures }: GoldenContext, role: string): Tensor {
  const { shape, data } = fixtures.tensor(golden, role);
  const values = tensor(Float32Array.from(data as Float32Array), [...shape], 'float32');
  return shape.length === 4 ? transpose(values, [0, 2, 3, 1]) : values;
}

interface Differentiable {
  readonly run: (x: Tensor) => Tensor;
  /** Named weights whose gradient may be asked for. */
  readonly weights: readonly {
    readonly key: string;
    readonly tensor: Tensor;
    readonly values: (gradient: Float32Array) => Float32Array;
  }[];
}

/** Checks the output, and the gradients of Σ output·cotangent to the input and to the weights that the case names. */
async function checkDifferentiable(
  golden: GoldenCase,
  context: GoldenContext,
  { run, weights }: Differentiable,
): Promise<void> {
  const { fixtures } = context;
  const { output_rel_to_absmax: outputTolerance, grad_rel_to_absmax: gradTolerance } = golden['tolerance'];
  const asked = Object.keys(golden.tensors ?? {}).filter((role) => role.startsWith('grad:'));
  const wanted = asked.map((role) => {
    const found = weights.find(({ key }) => `grad:${key}` === role);
    if (!found) throw new Error(`case ${golden.id} asks for ${role}, which is no weight of the part`);
    return found;
  });
  const computed = tidy(() => {
    const x = given(golden, context, 'input');
    const cotangent = given(golden, context, 'cotangent');
    let output: Tensor | undefined;
    const { grads } = valueAndGrads((z: Tensor, ..._: Tensor[]) => {
      output = keep(run(z));
      return sum(mul(output, cotangent));
    })([x, ...wanted.map(({ tensor: weight }) => weight)]);
    const inputGradient = x.rank === 4 ? transpose(grads[0] as Tensor4D, [0, 3, 1, 2]) : grads[0];
    return [output!, inputGradient, ...grads.slice(1)];
  });
  const [output, inputGradient, ...gradients] = await Promise.all(
    computed.map((values) => values.data<'float32'>()),
  );
  dispose(computed);
  const check = (role: string, got: ArrayLike<number>, tolerance: number) =>
    expectRelativeToAbsmax(role, got, fixtures.tensor(golden, role).data as Float32Array, tolerance);
  check('output', output, outputTolerance);
  check('grad_input', inputGradient, gradTolerance);
  asked.forEach((role, i) => check(role, wanted[i].values(gradients[i]), gradTolerance));
}

const weightsOf = (parameters: readonly Parameter[]): Differentiable['weights'] =>
  parameters.map(({ key, layout, variable }) => ({
    key,
    tensor: variable.read(),
    values: (gradient) => toCheckpointOrder(layout, variable.shape as number[], gradient),
  }));

/** Loads the case's weights and holds the model to its list of keys and shapes. */
function load(golden: GoldenCase, context: GoldenContext, parameters: readonly Parameter[]): void {
  const shapes = new Map<string, number[]>(
    golden['state_keys'].map(([key, shape]: [string, number[]]) => [key, shape]),
  );
  const unknown = [...shapes.keys()].filter((key) => !parameters.some((parameter) => parameter.key === key));
  if (unknown.length > 0) throw new Error(`${golden.id}: no parameter for ${unknown.join(', ')}`);
  const { missing, mismatched } = assignParameters(parameters, (key) => {
    const shape = shapes.get(key);
    return shape && weightOf(golden, context, key, shape);
  });
  if (missing.length + mismatched.length > 0) {
    throw new Error(`${golden.id}: missing ${missing.join(', ')}; wrong shape ${JSON.stringify(mismatched)}`);
  }
}

/** The head of a case as a model of its own, from feature map to outputs. */
function modelOf(golden: GoldenCase, head: Head, labelGraph?: HeadContext['labelGraph']): LayersModel {
  const { num_classes: labelCount, features } = golden['params'];
  const featureMap = input({ shape: [null, null, features] });
  const { outputs } = applyHead(head, featureMap, {
    labels: new LabelVocabulary(Array.from({ length: labelCount }, (_, i) => i)),
    seed: 0,
    backbone: { featureChannels: features },
    labelGraph,
  });
  return model({ inputs: featureMap, outputs });
}

/** ASL and BCE models give logits, AAM models cosines. */
const spaceOf = (golden: GoldenCase) =>
  (golden['params'].loss === 'am_binary' ? 'cosines' : 'logits') as 'cosines' | 'logits';

const mlDecoder: GoldenRunner = async (golden, context) => {
  const params = golden['params'];
  const head = mlDecoderHead({
    space: spaceOf(golden),
    groups: params['num_of_groups'] < 0 ? -1 : params['num_of_groups'],
    embedding: params['decoder_embedding'],
    heads: params['heads'],
    feedForward: params['ffn'],
  });
  const built = modelOf(golden, head);
  const parameters = parametersOf(built);
  load(golden, context, parameters);
  await checkDifferentiable(golden, context, {
    run: (x) => built.apply(x) as Tensor,
    weights: weightsOf(parameters),
  });
  built.dispose();
};

const csra: GoldenRunner = async (golden, context) => {
  const { temperatures, lambda, normalise_classifier, max_pool_temperature } = golden['params'];
  const head = csraHead({
    temperatures: temperatures.map((one: number) => (one === max_pool_temperature ? 'max' : one)),
    lambda,
    normaliseClassifier: normalise_classifier,
  });
  const built = modelOf(golden, head);
  const parameters = parametersOf(built);
  load(golden, context, parameters);
  await checkDifferentiable(golden, context, {
    run: (x) => built.apply(x) as Tensor,
    weights: weightsOf(parameters),
  });
  built.dispose();
};

const matrix = ({ shape, data }: GoldenTensor): LabelMatrix => ({
  rows: shape[0],
  columns: shape[1],
  values: Float32Array.from(data as Float32Array),
});

const layerOf = (golden: GoldenCase): 'gat' | 'gcn' => (golden['params'].layer === 'gan' ? 'gat' : 'gcn');

const graph: GoldenRunner = async (golden, context) => {
  const params = golden['params'];
  const tolerance = golden['tolerance'];
  const stored = (role: string) => context.fixtures.tensor(golden, role);
  const check = (role: string, got: ArrayLike<number>, reference = role) =>
    expectRelativeToAbsmax(
      role,
      got,
      stored(reference).data as Float32Array,
      tolerance['output_rel_to_absmax'],
    );
  const cooccurrence = matrix(stored('cooccurrence'));
  const adjacency = labelAdjacency(cooccurrence, { tau: params['tau'], rho: params['rho'] });
  check('adjacency', adjacency.values, 'weights/A');
  const normalised = tidy(() =>
    normaliseAdjacency(tensor(adjacency.values, [adjacency.rows, adjacency.columns]) as Tensor2D),
  );
  check('adj_normalised', await normalised.data());
  normalised.dispose();

  const head = gcnHead({
    space: spaceOf(golden),
    layer: layerOf(golden),
    pooling: params['pooling'],
    tau: params['tau'],
    rho: params['rho'],
    // Just below the quotient: the width is its floor, and rounding must not take one off.
    hiddenScale: (params['features'] / params['hidden_dim']) * (1 - 1e-9),
  });
  const built = modelOf(golden, head, { cooccurrence, wordVectors: matrix(stored('weights/inp')) });
  const parameters = parametersOf(built);
  load(golden, context, parameters);
  const run = (x: Tensor) => built.apply(x) as Tensor;
  await checkDifferentiable(golden, context, { run, weights: weightsOf(parameters) });

  check('gc_weights', await foldChannelWeights(built)!.data());
  const folded = tidy(() => run(given(golden, context, 'input')));
  check('output', await folded.data());
  folded.dispose();
  built.dispose();
};

const graphLayer: GoldenRunner = async (golden, context) => {
  const keys = golden['state_keys'] as [string, number[]][];
  const tensors = new Map(
    keys.map(([key, shape]) => [
      key,
      tensor(weightOf(golden, context, key, shape).data as Float32Array, shape, 'float32'),
    ]),
  );
  const weight = (key: string) => tensors.get(key) as Tensor2D;
  const run = (x: Tensor) =>
    layerOf(golden) === 'gat'
      ? graphAttention(x as Tensor2D, weight('layer.W'), weight('layer.a'), weight('adj'))
      : graphConvolution(x as Tensor2D, weight('layer.weight'), weight('adj'));
  const weights = [...tensors].map(([key, held]) => ({
    key,
    tensor: held,
    values: (gradient: Float32Array) => gradient,
  }));
  await checkDifferentiable(golden, context, { run, weights });
  dispose([...tensors.values()]);
};

const angularLinear: GoldenRunner = async (golden, context) => {
  const { in_features, out_features } = golden['params'];
  const layer = new AngularLinear({ name: 'angular', units: out_features });
  const x = input({ shape: [in_features] });
  const built = model({ inputs: x, outputs: layer.apply(x) as SymbolicTensor });
  const parameters = layer.parameters.map((parameter) => ({
    ...parameter,
    key: parameter.key.replace('angular.', ''),
  }));
  load(golden, context, parameters);
  await checkDifferentiable(golden, context, {
    run: (z) => built.apply(z) as Tensor,
    weights: weightsOf(parameters),
  });
  built.dispose();
};

const symmetricAdjust: GoldenRunner = async (golden, context) => {
  const layer = new SymmetricAdjust({ name: 'adjust', exponent: golden['params'].t });
  await checkDifferentiable(golden, context, { run: (x) => layer.apply(x) as Tensor, weights: [] });
};

export const headKinds: KindRunners = {
  angle_linear: { run: angularLinear },
  csra: { run: csra },
  graph_head: { run: graph },
  graph_layer: { run: graphLayer },
  ml_decoder: { run: mlDecoder },
  sym_adjust: { run: symmetricAdjust },
};
