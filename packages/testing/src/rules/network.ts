import {
  abs,
  add,
  cast,
  equal,
  greater,
  io,
  mean,
  memory,
  min,
  mul,
  slice,
  sqrt,
  square,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { readValues, variableGradients, writeValues } from '@polytag/engine';
import {
  assignParameters,
  exportParameters,
  forward,
  markOwnLayers,
  parametersOf,
  trainingWishes,
  variableOf,
  type Parameter,
} from '@polytag/layers';
import { firstDifference, firstNotFinite } from './compare.js';
import { under, type Demand } from './conformance-error.js';
import { normalTensor } from './seeded-tensor.js';

/** How the rules that heads and backbones share get at a network. */
export interface NetworkUnderTest {
  readonly part: string;
  /** A new network with new layers. */
  readonly build: () => LayersModel;
  /** The batch it is run on; at least 2 rows. */
  readonly input: Tensor;
  /** Checkpoint keys of weights that get no gradient on purpose. */
  readonly withoutGradient: readonly string[];
  readonly seed: number;
}

/** Another training step than the one that other rules use. */
const STEP = 3;

export async function run(network: LayersModel, input: Tensor, training = false): Promise<Float32Array> {
  const output = tidy(
    () => forward(network, input, training ? { training, step: STEP } : { training }) as Tensor,
  );
  try {
    return Float32Array.from(await output.data());
  } finally {
    output.dispose();
  }
}

/** The rules from `finite` to `config`, in that order. */
export async function checkNetwork(given: NetworkUnderTest, demand: Demand): Promise<void> {
  const { part, input } = given;
  const build = () => {
    const network = given.build();
    // What TensorFlow.js throws names the layer.
    markOwnLayers(network.layers, part);
    return network;
  };
  const test = { ...given, build };
  const used = build();
  try {
    await checkFinite(used, input, demand);
    await under(part, 'batch', () => checkBatch(used, input, demand));
    checkKeys(used, demand);
    checkWishes(used, demand);
    await checkGradients(used, test, demand);
  } finally {
    used.dispose();
  }
  // The training steps above have moved running statistics: the rest wants a network as it is built.
  const fresh = build();
  try {
    await checkDeterministic(fresh, test, demand);
    await checkWeights(fresh, test, demand);
    await checkConfig(fresh, test, demand);
  } finally {
    fresh.dispose();
  }
}

/** `finite`, in inference and in training mode. */
async function checkFinite(network: LayersModel, input: Tensor, demand: Demand): Promise<void> {
  for (const training of [false, true]) {
    const bad = firstNotFinite(await run(network, input, training));
    demand('finite', bad === undefined, `${training ? 'in training mode ' : ''}${bad}`);
  }
}

/** `batch`: in inference an image's output does not depend on the images beside it, and a batch of one works. */
async function checkBatch(network: LayersModel, input: Tensor, demand: Demand): Promise<void> {
  const whole = await run(network, input);
  const first = slice(input, 0, 1);
  const alone = await run(network, first);
  first.dispose();
  const differs = firstDifference(alone, whole.subarray(0, whole.length / input.shape[0]));
  demand('batch', differs === undefined, `the first image alone gives other outputs: ${differs}`);
}

/** `deterministic`: the same options give the same weights, and the same step the same outputs. */
async function checkDeterministic(
  network: LayersModel,
  { build, input }: NetworkUnderTest,
  demand: Demand,
): Promise<void> {
  const twin = build();
  try {
    const [ours, theirs] = [
      await exportParameters(parametersOf(network)),
      await exportParameters(parametersOf(twin)),
    ];
    demand('deterministic', sameKeys(ours, theirs), 'built twice, its weights have other keys');
    for (const [key, { data }] of ours) {
      const differs = firstDifference(theirs.get(key)!.data, data, { absolute: 0, relative: 0 });
      demand('deterministic', differs === undefined, `built twice, "${key}" differs: ${differs}`);
    }
    const once = await run(twin, input, true);
    const differs = firstDifference(await run(twin, input, true), once);
    demand('deterministic', differs === undefined, `two runs of the same training step differ: ${differs}`);
  } finally {
    twin.dispose();
  }
}

/** `training`: no layer asks for what training does not do. */
function checkWishes(network: LayersModel, demand: Demand): void {
  const [first] = trainingWishes(network);
  demand(
    'training',
    first === undefined,
    `the layer "${first?.layer}" has ${first?.wish}, which training leaves out`,
  );
}

/** `keys`: no two weights share a checkpoint key. */
function checkKeys(network: LayersModel, demand: Demand): void {
  const keys = parametersOf(network).map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  demand('keys', twice === undefined, `two weights have the key "${twice}"`);
}

/** `gradient`: every trainable weight and the input get a gradient that is finite and not all zero. */
async function checkGradients(
  network: LayersModel,
  { part, input, withoutGradient, seed }: NetworkUnderTest,
  demand: Demand,
): Promise<void> {
  const parameters = parametersOf(network).filter(({ trainable }) => trainable);
  const variables = parameters.map(variableOf);
  const probe = input.variable(true) as Variable;
  let gradients: Record<string, Tensor> = {};
  try {
    gradients = await under(part, 'gradient', () => {
      const { value, grads } = variableGradients(() => {
        const output = forward(network, probe, { training: true, step: STEP }) as Tensor;
        return sum(mul(output, normalTensor(output.shape, seed, 'cotangent'))) as Scalar;
      }, [...variables, probe]);
      value.dispose();
      return grads;
    });
    const check = async (name: string, gradient: Tensor | undefined) => {
      demand('gradient', gradient !== undefined, `none reaches ${name}`);
      const values = await gradient!.data();
      const bad = firstNotFinite(values);
      demand('gradient', bad === undefined, `of ${name}: ${bad}`);
      demand(
        'gradient',
        values.some((value) => value !== 0),
        `that of ${name} is zero everywhere`,
      );
    };
    await check('the input', gradients[probe.name]);
    for (const [i, { key }] of parameters.entries()) {
      if (!withoutGradient.includes(key)) await check(`"${key}"`, gradients[variables[i].name]);
    }
  } finally {
    for (const gradient of Object.values(gradients)) gradient?.dispose();
    probe.dispose();
  }
}

/** `weights`: what `exportParameters` saves and `assignParameters` restores is all that decides the outputs. */
async function checkWeights(
  network: LayersModel,
  { build, input }: NetworkUnderTest,
  demand: Demand,
): Promise<void> {
  const changed = build();
  const restored = build();
  try {
    scramble(parametersOf(changed));
    const expected = await run(changed, input);
    const before = await run(network, input);
    if (parametersOf(changed).length > 0) {
      const same = firstDifference(expected, before, { absolute: 0, relative: 0 }) === undefined;
      demand('weights', !same, 'its outputs do not depend on the weights that parametersOf lists');
    }
    const state = await exportParameters(parametersOf(changed));
    assignParameters(parametersOf(restored), (key) => state.get(key));
    const differs = firstDifference(await run(restored, input), expected);
    demand('weights', differs === undefined, `with saved and restored weights, ${differs}`);
    await checkFollows(network, changed, { input, before, expected }, demand);
  } finally {
    changed.dispose();
    restored.dispose();
  }
}

/**
 * `follows`: a network whose weights were written over in place, as training does, computes with the new ones. A part or a
 * kernel that keeps something it made of the old ones does not.
 */
async function checkFollows(
  network: LayersModel,
  changed: LayersModel,
  { input, before, expected }: { input: Tensor; before: Float32Array; expected: Float32Array },
  demand: Demand,
): Promise<void> {
  const [own, others] = [network, changed].map((one) => parametersOf(one).map(variableOf));
  const old = own.map((variable) => valuesOf(variable));
  own.forEach((variable, i) => writeValues(variable, valuesOf(others[i])));
  const differs = firstDifference(await run(network, input), expected);
  own.forEach((variable, i) => writeValues(variable, old[i]));
  demand('follows', differs === undefined, `after its weights were written over in place, ${differs}`);
  const back = firstDifference(await run(network, input), before);
  demand('follows', back === undefined, `after its weights were written back in place, ${back}`);
}

function valuesOf(variable: Variable): Float32Array {
  const values = new Float32Array(variable.size);
  readValues(variable, values);
  return values;
}

/** `config`: tfjs can save the network and load it again, and it then gives the same outputs. */
async function checkConfig(
  network: LayersModel,
  { part, input }: NetworkUnderTest,
  demand: Demand,
): Promise<void> {
  const loaded = await under(part, 'config', async () => {
    let saved: io.ModelArtifacts | undefined;
    await network.save(
      io.withSaveHandler(async (artifacts) => {
        // Through JSON, as a file would hold it.
        saved = { ...artifacts, modelTopology: JSON.parse(JSON.stringify(artifacts.modelTopology)) };
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    return loadLayersModel(io.fromMemory(saved!));
  });
  try {
    for (const training of [false, true]) {
      const differs = firstDifference(
        await run(loaded, input, training),
        await run(network, input, training),
      );
      demand(
        'config',
        differs === undefined,
        `saved and loaded by tfjs, ${training ? 'in training mode ' : ''}${differs}`,
      );
    }
  } finally {
    loaded.dispose();
  }
}

/** `tensors`: when the networks are disposed nothing is left. */
export function checkTensors(before: number, demand: Demand): void {
  const left = memory().numTensors - before;
  demand('tensors', left === 0, `${left} tensors are left after its networks were disposed`);
}

/** Gives every weight other values of the same kind, so that a weight that is not saved shows. */
function scramble(parameters: readonly Parameter[]): void {
  for (const { key, variable } of parameters) {
    tidy(() => {
      const values = variable.read();
      const noise = normalTensor(variable.shape as number[], 1, key);
      // Multiplied, so that variances stay positive; shifted, so that zeros move. The shift is a share of the values'
      // size and has their signs, or a network of a hundred layers would overflow.
      const size = sqrt(mean(square(values)));
      const unit = add(size, cast(equal(size, 0), 'float32'));
      const positive = cast(greater(min(values), 0), 'float32');
      const shift = add(mul(abs(noise), positive), mul(noise, sub(1, positive)));
      const factor = add(0.9, mul(0.2, abs(noise)));
      variable.write(add(mul(values, factor), mul(mul(0.05, unit), shift)));
    });
  }
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}
