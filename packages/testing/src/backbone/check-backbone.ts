import { memory, type Tensor4D } from '@tensorflow/tfjs-core';
import { input, model, type LayersModel } from '@tensorflow/tfjs-layers';
import { notPromise, shapeText, type Backbone, type BackboneDefinition } from '@polytag/core';
import { exportParameters, parametersOf } from '@polytag/layers';
import { firstDifference } from '../rules/compare.js';
import { demandOf, under, type Demand } from '../rules/conformance-error.js';
import { checkOptions, demandExport, demandPart, demandSymbolic, madeBy } from '../rules/definition.js';
import { checkNetwork, checkTensors, run, type NetworkUnderTest } from '../rules/network.js';
import { normalTensor } from '../rules/seeded-tensor.js';

export interface CheckBackboneOptions {
  /** Options of a definition, as a config file gives them. Default `{}`. */
  readonly options?: unknown;
  /**
   * Height and width of the images. Default 2 x 2 cells, and a size that is no multiple of the stride. A
   * backbone that takes only certain sizes gives its own.
   */
  readonly sizes?: readonly (readonly [height: number, width: number])[];
  /** Keys of trainable weights that get no gradient on purpose. Default none. */
  readonly withoutGradient?: readonly string[];
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Checks that a backbone keeps the contract of `Backbone`. It is built several times. Choose the engine before
 * (`useEngine`); on `cpu` give small sizes. Rules:
 *
 * | rule | meaning |
 * | --- | --- |
 * | `definition` | a definition has kind `backbone` and a name, takes the given options and refuses an unknown one |
 * | `contract` | it has a name, whole numbers of channels and stride, normalisation, padding rule and a function |
 * | `shape` | [B, H, W, 3] in, [B, ceil(H/stride), ceil(W/stride), featureChannels] out, at every size |
 * | `finite` | the feature map is finite, in inference and in training mode |
 * | `batch` | in inference an image's map does not depend on the images beside it; B = 1 works |
 * | `training` | training mode moves the running statistics, if there are any; inference leaves them |
 * | `keys` | no two weights share a checkpoint key |
 * | `training` | no layer has a regulariser or a constraint, which training leaves out |
 * | `gradient` | every trainable weight and the image get a gradient |
 * | `deterministic` | the same options give the same weights, the same training step the same map |
 * | `weights` | saved and restored weights give an equal map |
 * | `follows` | with weights written over in place, as training does, the outputs are those of the new weights |
 * | `config` | saved and loaded by tfjs itself, it gives an equal map |
 * | `tensors` | nothing is left when the networks are disposed |
 *
 * @param subject a backbone, a function that makes one, or a definition
 * @throws ConformanceError naming the first broken rule
 */
export async function checkBackbone(
  subject: Backbone | BackboneDefinition | (() => Backbone),
  settings: CheckBackboneOptions = {},
): Promise<void> {
  demandExport(subject, 'backbone');
  const { seed = 0, withoutGradient = [] } = settings;
  const make = await makerOf(subject, settings);
  const backbone = await under('backbone', 'contract', () => make());
  demandPart('backbone', backbone);
  const part = `backbone "${backbone.name}"`;
  const demand = demandOf(part);
  checkContract(backbone, demand);

  const before = memory().numTensors;
  const { stride } = backbone;
  const sizes = settings.sizes ?? [
    [2 * stride, 2 * stride],
    [2 * stride + 1, 3 * stride - 1],
  ];
  for (const size of sizes) {
    const build = () => networkOf(make(), size, demand);
    const images = normalTensor<Tensor4D>([2, ...size, 3], seed, `check-backbone/${size}`);
    const network = await under(part, 'shape', build);
    try {
      await under(part, 'shape', () => checkShape(network, backbone, images, demand));
      // The rules below do not depend on the size; the first one serves.
      if (size === sizes[0]) {
        const test: NetworkUnderTest = { part, build, input: images, withoutGradient, seed };
        await under(part, 'training', () => checkTraining(test, demand));
        await checkNetwork(test, demand);
      }
    } finally {
      network.dispose();
      images.dispose();
    }
  }
  checkTensors(before, demand);
}

async function makerOf(
  subject: Backbone | BackboneDefinition | (() => Backbone),
  settings: CheckBackboneOptions,
): Promise<() => Backbone> {
  if (typeof subject === 'function') return subject;
  if (!('create' in subject)) return () => subject;
  const part = `backbone "${subject.name}"`;
  const options = checkOptions(subject, 'backbone', settings.options, demandOf(part));
  await under(part, 'definition', () => madeBy(part, subject.create(options)));
  return () => subject.create(options);
}

function checkContract(backbone: Backbone, demand: Demand): void {
  const { name, featureChannels, stride, normalisation, penultimate } = backbone;
  const padding: unknown = backbone.padding;
  const count = (value: number) => Number.isInteger(value) && value > 0;
  demand('contract', typeof name === 'string' && name !== '', 'it has no name');
  demand('contract', count(featureChannels), `its featureChannels are ${featureChannels}`);
  demand('contract', count(stride), `its stride is ${stride}`);
  const { mean = [], std = [] } = (normalisation ?? {}) as Partial<typeof normalisation>;
  const three =
    mean.length === 3 && mean.every(Number.isFinite) && std.length === 3 && std.every((value) => value > 0);
  demand('contract', three, 'its normalisation has not three means and three deviations above 0');
  demand(
    'contract',
    padding === 'symmetric' || padding === 'same',
    `its padding is ${JSON.stringify(padding)}`,
  );
  if (penultimate)
    demand('contract', count(penultimate.width), `its penultimate width is ${penultimate.width}`);
  demand('contract', typeof backbone.apply === 'function', '"apply" is not a function');
}

function networkOf(
  backbone: Backbone,
  [height, width]: readonly [number, number],
  demand: Demand,
): LayersModel {
  const image = input({ shape: [height, width, 3], name: 'image' });
  const map = notPromise(`backbone "${backbone.name}"`, 'apply', backbone.apply(image));
  demandSymbolic('its apply', map, demand);
  return model({ inputs: image, outputs: map, name: 'conformance' });
}

async function checkShape(
  network: LayersModel,
  { stride, featureChannels }: Backbone,
  images: Tensor4D,
  demand: Demand,
): Promise<void> {
  const [batch, height, width] = images.shape;
  const cells = [Math.ceil(height / stride), Math.ceil(width / stride), featureChannels];
  const promised = network.outputs[0].shape;
  const told = () =>
    `images of ${height} x ${width} give ${shapeText(promised)}, not [B, ${cells.join(', ')}]`;
  demand('shape', promised.length === 4 && cells.every((length, i) => promised[i + 1] === length), told);
  const values = await run(network, images);
  const expected = batch * cells[0] * cells[1] * cells[2];
  demand('shape', values.length === expected, `the map has ${values.length} numbers, not ${expected}`);
}

async function checkTraining({ build, input: images }: NetworkUnderTest, demand: Demand): Promise<void> {
  const network = build();
  try {
    const buffers = parametersOf(network).filter(({ buffer }) => buffer);
    const start = await exportParameters(buffers);
    const moved = async (key: string, now: Awaited<ReturnType<typeof exportParameters>>) =>
      firstDifference(now.get(key)!.data, start.get(key)!.data, { absolute: 0, relative: 0 }) !== undefined;
    await run(network, images, false);
    const afterInference = await exportParameters(buffers);
    for (const { key } of buffers)
      demand('training', !(await moved(key, afterInference)), `inference changes "${key}"`);
    await run(network, images, true);
    const afterTraining = await exportParameters(buffers);
    for (const { key } of buffers)
      demand('training', await moved(key, afterTraining), `training mode leaves "${key}"`);
  } finally {
    network.dispose();
  }
}
