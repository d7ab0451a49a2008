import {
  add,
  concat,
  dispose,
  gather,
  grads,
  mean,
  mul,
  reshape,
  slice,
  sum,
  tensor,
  tidy,
  transpose,
  type Rank,
  type Scalar,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { input, model, type LayersModel, type Shape, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  interpolatePositions,
  POSITION_RULES,
  vit,
  type PositionRule,
  type ViTPlan,
  type ViTSize,
} from '@polytag/backbones';
import type { Backbone } from '@polytag/core';
import {
  assignParameters,
  InferenceNetwork,
  ParametricLayer,
  parametersOf,
  toCheckpointOrder,
  topologicalOrder,
  variableOf,
  withEmptyWeights,
  type CheckpointTensor,
  type Parameter,
} from '@polytag/layers';
import { expectClose, expectRelativeToAbsmax, expectSame } from '../compare.js';
import { filledAs } from '../fill.js';
import type { GoldenCase } from '../fixtures.js';
import { loadCase } from '../published-models.js';
import type { GoldenContext, GoldenRunner, KindRunners } from '../runner.js';

const NOTHING = /^$/;
const PUBLISHED = /^dinov2_vit([sbl])14(_reg)?$/;
const REGISTERS = 4;

/** The rule that the original's two options stand for. */
function ruleOf(golden: GoldenCase): PositionRule {
  const { interpolate_antialias: antialias, interpolate_offset: offset } = golden['params'];
  if (antialias && !offset) return 'antialias';
  if (!antialias && offset === 0.1) return 'offset';
  if (!antialias && !offset) return 'size';
  throw new Error(`no rule has antialias ${antialias} and offset ${offset}`);
}

function published(name: string, positions?: PositionRule): { backbone: Backbone; registers: number } {
  const found = PUBLISHED.exec(name);
  if (!found) throw new Error(`no vision transformer is known as "${name}"`);
  const registers = found[2] ? REGISTERS : 0;
  return { backbone: vit({ size: `${found[1]}-14` as ViTSize, registers, positions }), registers };
}

function tiny(golden: GoldenCase): { backbone: Backbone; registers: number } {
  const params = golden['params'];
  const registers = params['num_register_tokens'] ?? 0;
  const size: ViTPlan = {
    patch: params['patch_size'],
    width: params['embed_dim'],
    depth: params['depth'],
    heads: params['heads'],
    mlpRatio: params['mlp_ratio'],
    tableSide: params['img_size'] / params['patch_size'],
    qkvBias: params['qkv_bias'],
    layerScale: Boolean(params['layer_scale']),
  };
  const epsilon = params['layer_norm_eps'];
  return { backbone: vit({ size, registers, epsilon, positions: ruleOf(golden) }), registers };
}

interface Built {
  /** Outputs: feature map, class token, all tokens after the last norm, and those after each block. */
  readonly network: LayersModel;
  readonly parameters: readonly Parameter[];
}

function build(backbone: Backbone, shape: Shape): Built {
  const network = withEmptyWeights(() => {
    const image = input({ shape, name: 'image' });
    const { featureMap, classToken } = backbone.applyWithClassToken!(image);
    const nodes = topologicalOrder({ inputs: [image], outputs: [classToken] });
    const outputOf = (name: RegExp): SymbolicTensor[] =>
      nodes.filter(({ layer }) => name.test(layer.name)).map(({ outputs }) => outputs[0]);
    const outputs = [featureMap, classToken, ...outputOf(/^norm$/), ...outputOf(/^blocks\.\d+\.sum2$/)];
    return model({ inputs: image, outputs });
  });
  return { network, parameters: parametersOf(network) };
}

function images({ fixtures }: GoldenContext, golden: GoldenCase): Tensor4D {
  const { shape, data } = fixtures.tensor(golden, 'input');
  return tidy(
    () =>
      transpose(tensor<Rank>(Float32Array.from(data as Float32Array), [...shape]), [0, 2, 3, 1]) as Tensor4D,
  );
}

/** What a case says of the tokens after a block. */
interface Stage {
  readonly shape: readonly number[];
  readonly mean: number;
  readonly std: number;
  readonly absmax: number;
  readonly first: readonly number[];
}

/** Holds what a network gives for the case's images to all that the case says of it. */
async function expectTokens(
  golden: GoldenCase,
  { fixtures }: GoldenContext,
  registers: number,
  run: () => Tensor[],
): Promise<void> {
  const tolerance: number = golden['tolerance'].output_rel_to_absmax;
  const results = tidy(() => {
    const [map, token, tokens, ...blocks] = run();
    const [batch, height, width, features] = map.shape;
    const patches = reshape(map, [batch, height * width, features]) as Tensor3D;
    const byRole: Record<string, Tensor> = {
      x_norm_clstoken: token,
      x_norm_patchtokens: patches,
      x_norm_patchtokens_mean: mean(patches, 1),
      x_norm_patchtokens_sampled: gather(patches, golden['sampled_patch_indices'] ?? [0], 1),
    };
    if (registers > 0) {
      byRole['x_norm_regtokens'] = slice(tokens as Tensor3D, [0, 1, 0], [batch, registers, features]);
    }
    return { byRole, blocks };
  });
  for (const [role, got] of Object.entries(results.byRole)) {
    const values = await got.data<'float32'>();
    if (golden.tensors![role]) {
      const expected = fixtures.tensor(golden, role).data as Float32Array;
      expectRelativeToAbsmax(role, values, expected, tolerance);
    }
    const sums = golden['sums']?.[role];
    if (sums) {
      const size = values.reduce((total, value) => total + Math.abs(value), 0);
      expectClose(`abs_sum of ${role}`, [size], [sums.abs_sum], {
        relative: golden['tolerance'].abs_sum_rtol,
      });
    }
  }
  const stages: readonly Stage[] = golden['stages'] ?? [];
  if (stages.length > 0 && stages.length !== results.blocks.length)
    throw new Error(`${results.blocks.length} blocks, expected ${stages.length}`);
  for (const [i, { shape, absmax, first, mean: average, std }] of stages.entries()) {
    const what = `tokens after block ${i}`;
    expectSame(`shape of ${what}`, results.blocks[i].shape, shape);
    const values = await results.blocks[i].data<'float32'>();
    const centre = values.reduce((total, value) => total + value, 0) / values.length;
    const spread = values.reduce((total, value) => total + (value - centre) ** 2, 0);
    const allowed = { absolute: tolerance * absmax };
    expectClose(what, values.slice(0, first.length), first, allowed);
    // Whether the deviation of n values is of n or of n − 1 is below the tolerance.
    expectClose(
      `mean and std of ${what}`,
      [centre, Math.sqrt(spread / values.length)],
      [average, std],
      allowed,
    );
  }
  dispose(results);
}

/** Gives a tiny network the weights of its case: all of the case's keys and no others, in their shapes. */
function loadTiny(golden: GoldenCase, { fixtures }: GoldenContext, parameters: readonly Parameter[]): void {
  const shapes = new Map(
    (golden['state_keys'] as [string, number[]][]).map(([key, shape]) => [key, shape] as const),
  );
  const { matched, missing, mismatched } = assignParameters(parameters, (key) => {
    const shape = shapes.get(key);
    const role = `weights/${key}`;
    if (!shape) return undefined;
    if (golden.tensors![role]) return fixtures.tensor(golden, role) as CheckpointTensor;
    return { shape, data: filledAs(golden['fill'], key, shape) };
  });
  const left = [...shapes.keys()].filter((key) => !matched.includes(key));
  if (missing.length + mismatched.length + left.length > 0) {
    throw new Error(
      `${golden.id}: parameters and keys differ: ${[...missing, ...left]} ${JSON.stringify(mismatched)}`,
    );
  }
}

/** Gradients of Σ token·cotangent_cls + Σ patches·cotangent_patch to the image and to the weights that the case names. */
async function expectGradients(
  golden: GoldenCase,
  { fixtures }: GoldenContext,
  { network, parameters }: Built,
  x: Tensor4D,
): Promise<void> {
  const asked = Object.keys(golden.tensors!).filter((role) => role.startsWith('grad:'));
  const wanted = asked.map((role) => {
    const found = parameters.find(({ key }) => role === `grad:${key}`);
    if (!found) throw new Error(`case ${golden.id} asks for ${role}, which is no weight of the network`);
    return found;
  });
  const gradients = tidy(() => {
    const cotangent = (role: string) => {
      const { shape, data } = fixtures.tensor(golden, role);
      return tensor(Float32Array.from(data as Float32Array), [...shape]);
    };
    const value = (image: Tensor, ..._weights: Tensor[]) => {
      const [map, token] = network.apply(image, { training: true, step: 0 }) as Tensor[];
      const patches = reshape(map, cotangent('cotangent_patch').shape);
      return add(
        sum(mul(token, cotangent('cotangent_cls'))),
        sum(mul(patches, cotangent('cotangent_patch'))),
      ) as Scalar;
    };
    const [atImage, ...atWeights] = grads(value)([x, ...wanted.map(variableOf)]);
    return [transpose(atImage, [0, 3, 1, 2]), ...atWeights];
  });
  const values = await Promise.all(gradients.map((one) => one.data<'float32'>()));
  dispose(gradients);
  const tolerance: number = golden['tolerance'].grad_rel_to_absmax;
  ['grad_input', ...asked].forEach((role, i) => {
    const parameter = wanted[i - 1];
    const got = parameter
      ? toCheckpointOrder(parameter.layout, parameter.variable.shape as number[], values[i])
      : values[i];
    expectRelativeToAbsmax(role, got, fixtures.tensor(golden, role).data as Float32Array, tolerance);
  });
}

/** The network of a case, loaded, on the case's images. */
async function withCase(
  golden: GoldenCase,
  context: GoldenContext,
  { backbone, registers }: { backbone: Backbone; registers: number },
  load: (parameters: readonly Parameter[]) => void,
  more?: (built: Built, x: Tensor4D) => Promise<void>,
): Promise<void> {
  const x = images(context, golden);
  const built = build(backbone, x.shape.slice(1));
  try {
    load(built.parameters);
    await expectTokens(golden, context, registers, () => built.network.apply(x) as Tensor[]);
    await more?.(built, x);
  } finally {
    built.network.dispose();
    x.dispose();
  }
}

const tinyCase: GoldenRunner = (golden, context) =>
  withCase(
    golden,
    context,
    tiny(golden),
    (parameters) => loadTiny(golden, context, parameters),
    async (built, x) => {
      await expectFolded(golden, context, built, x, tiny(golden).registers);
      if (golden.tensors!['pos_embed_used']) await expectPositionsUsed(golden, context, built);
      if (golden.tensors!['grad_input']) await expectGradients(golden, context, built, x);
    },
  );

const fullCase: GoldenRunner = (golden, context) => {
  const network = published(golden['model'], ruleOf(golden));
  return withCase(
    golden,
    context,
    network,
    (parameters) => loadCase(golden, context.fixtures, parameters, NOTHING),
    // Folding is the same on every engine; a pass of stock operations takes a minute.
    (built, x) =>
      context.engine === 'cpu'
        ? Promise.resolve()
        : expectFolded(golden, context, built, x, network.registers),
  );
};

/** LayerScale and GELU in the linear maps before them give the same. */
async function expectFolded(
  golden: GoldenCase,
  context: GoldenContext,
  { network }: Built,
  x: Tensor4D,
  registers: number,
): Promise<void> {
  const folded = new InferenceNetwork(network);
  try {
    await expectTokens(golden, context, registers, () => folded.apply(x));
  } finally {
    folded.dispose();
  }
}

/** [1, 1 + n, D]: the first position, then the others for a grid of h x w. */
function positionsFor(table: Tensor3D, grid: readonly [number, number], rule: PositionRule): Tensor3D {
  const [, count, features] = table.shape;
  const first = slice(table, [0, 0, 0], [1, 1, features]);
  const rest = slice(table, [0, 1, 0], [1, count - 1, features]);
  return concat([first, interpolatePositions(rest, grid, rule)], 1) as Tensor3D;
}

async function expectPositionsUsed(
  golden: GoldenCase,
  { fixtures }: GoldenContext,
  { network, parameters }: Built,
): Promise<void> {
  const [, height, width] = network.outputs[0].shape as number[];
  const table = parameters.find(({ key }) => key === 'pos_embed')!.variable.read() as Tensor3D;
  const used = tidy(() => positionsFor(table, [height, width], ruleOf(golden)));
  const expected = fixtures.tensor(golden, 'pos_embed_used').data as Float32Array;
  expectRelativeToAbsmax(
    'pos_embed_used',
    await used.data(),
    expected,
    golden['tolerance'].output_rel_to_absmax,
  );
  used.dispose();
}

const positionCase: GoldenRunner = async (golden, { fixtures }) => {
  const { shape, data } = fixtures.tensor(golden, 'pos_embed');
  const table = tensor<Rank>(Float32Array.from(data as Float32Array), [...shape]) as Tensor3D;
  const rules = POSITION_RULES.filter((rule) => golden.tensors![rule]);
  if (rules.length === 0) throw new Error(`case ${golden.id} has no rule that is known`);
  for (const rule of rules) {
    const positions = tidy(() => positionsFor(table, golden['params'].target, rule));
    const expected = fixtures.tensor(golden, rule).data as Float32Array;
    expectRelativeToAbsmax(rule, await positions.data(), expected, golden['tolerance'].rel_to_absmax);
    positions.dispose();
  }
  table.dispose();
};

/** Multiply-adds of a network on square images of a side: shapes are told from layer to layer, nothing is computed. */
function multiplyAdds({ inputs, outputs }: LayersModel, side: number): number {
  const shapes = new Map<number, Shape>([[inputs[0].id, [null, side, side, 3]]]);
  let total = 0;
  for (const node of topologicalOrder({ inputs, outputs })) {
    const given = node.inputs.map(({ id }) => shapes.get(id)!);
    const made = node.layer.computeOutputShape(given.length === 1 ? given[0] : given) as Shape;
    shapes.set(node.outputs[0].id, made);
    if (node.layer instanceof ParametricLayer) total += node.layer.multiplyAdds(given, made);
  }
  return total;
}

const tableCase: GoldenRunner = (golden) => {
  for (const row of golden['table']) {
    const { backbone } = published(row.model);
    const { network, parameters } = build(backbone, [null, null, 3]);
    try {
      const sizeOf = (prefix: string) =>
        parameters
          .filter(({ key }) => key.startsWith(prefix))
          .reduce((total, one) => total + variableOf(one).size, 0);
      expectSame(`${row.model}: parameters`, sizeOf(''), row.parameters);
      for (const [prefix, size] of Object.entries(row.parameters_of))
        expectSame(`${row.model}: parameters of ${prefix}`, sizeOf(prefix), size);
      for (const [side, count] of Object.entries(row.multiply_adds))
        expectSame(`${row.model}: multiply-adds at ${side}`, multiplyAdds(network, Number(side)), count);
      expectSame(`${row.model}: width`, backbone.featureChannels, row.embed_dim);
      const fc1 = parameters.find(({ key }) => key === 'blocks.0.mlp.fc1.bias')!;
      expectSame(`${row.model}: width inside the MLP`, variableOf(fc1).size, row.mlp_hidden);
      const blocks = network.layers.filter(({ name }) => /^blocks\.\d+\.sum2$/.test(name));
      expectSame(`${row.model}: depth`, blocks.length, row.depth);
    } finally {
      network.dispose();
    }
  }
};

export const vitKinds: KindRunners = {
  vit: { run: tinyCase },
  vit_full: { run: fullCase },
  vit_pos_embed: { run: positionCase },
  vit_table: { run: tableCase, withoutEngine: true },
};
