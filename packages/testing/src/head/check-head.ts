import { memory, type Tensor4D } from '@tensorflow/tfjs-core';
import { input, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  applyHead,
  LabelVocabulary,
  PartError,
  RandomStream,
  shapeText,
  type AppliedHead,
  type Head,
  type HeadContext,
  type HeadDefinition,
  type LabelGraph,
  type LabelMatrix,
} from '@polytag/core';
import { TokenOfRow } from '@polytag/layers';
import { checkHeatMaps } from './check-heat-maps.js';
import { checkByLabel, checkLabelOrder } from './check-label-order.js';
import { demandOf, under, type Demand } from '../rules/conformance-error.js';
import { checkOptions, demandExport, demandPart, demandSymbolic, madeBy } from '../rules/definition.js';
import { checkNetwork, checkTensors, run, type NetworkUnderTest } from '../rules/network.js';
import { normalTensor } from '../rules/seeded-tensor.js';

export interface CheckHeadOptions {
  /** Options of a definition, as a config file gives them. Default `{}`. */
  readonly options?: unknown;
  /** [h, w, C] of the feature map. Default [3, 2, 16]. */
  readonly featureMap?: readonly [height: number, width: number, channels: number];
  /** Number of labels K. Default 7. */
  readonly labels?: number;
  /** Layers of a published classifier, for heads that build them. Default none. */
  readonly penultimate?: HeadContext['backbone']['penultimate'];
  /** Default: a graph with edges over the labels, and one-hot rows as word vectors. */
  readonly labelGraph?: LabelGraph;
  /** For cosines: their largest absolute value, 1 or 1 and the bias of the head. Default: not checked. */
  readonly largestCosine?: number;
  /**
   * `none`: the head does without `byLabel` on purpose, and takes whole weights in its own order of labels only. Default:
   * each weight whose shape depends on the labels is named by it.
   */
  readonly byLabel?: 'none';
  /** Keys of trainable weights that get no gradient on purpose. Default none. */
  readonly withoutGradient?: readonly string[];
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Checks that a head keeps the contract of `Head`. It is built several times. Choose the engine before
 * (`useEngine`). Rules:
 *
 * | rule | meaning |
 * | --- | --- |
 * | `definition` | a definition has kind `head` and a name, takes the given options and refuses an unknown one |
 * | `contract` | it has a name, a space and a function, which gives outputs and a scale above 0 (1 for logits, which outputs alone have) |
 * | `shape` | [B, h, w, C] in, [B, K] out |
 * | `finite` | outputs are finite, in inference and in training mode |
 * | `cosine-range` | no cosine is beyond `largestCosine`, when that is given |
 * | `batch` | an image's outputs do not depend on the images beside it; B = 1 works |
 * | `keys` | no two weights share a checkpoint key |
 * | `training` | no layer has a regulariser or a constraint, which training leaves out |
 * | `gradient` | every trainable weight and the feature map get a gradient |
 * | `deterministic` | the same seed gives the same weights, the same training step the same outputs |
 * | `weights` | saved and restored weights give equal outputs |
 * | `follows` | with weights written over in place, as training does, the outputs are those of the new weights |
 * | `config` | saved and loaded by tfjs itself, it gives equal outputs |
 * | `labels` | one head applied for two numbers of labels gives each model its own; an earlier call changes nothing |
 * | `label-order` | `byLabel` names every weight whose shape depends on the labels; with weights that it put into another order, the outputs are in that order |
 * | `heat-maps` | heat maps, where it gives them, are [B, h, w, K], finite, of each image alone, and have no weights of their own; the mean of contributions is the output but for a constant of the label, attention is not negative and has the sum 1 |
 * | `tensors` | nothing is left when the networks are disposed |
 *
 * @param subject a head, a function that makes one, or a definition
 * @throws ConformanceError naming the first broken rule
 */
export async function checkHead(
  subject: Head | HeadDefinition | (() => Head),
  settings: CheckHeadOptions = {},
): Promise<void> {
  demandExport(subject, 'head');
  const { featureMap = [3, 2, 16], seed = 0, withoutGradient = [] } = settings;
  const make = await makerOf(subject, settings);
  const head = await under('head', 'contract', () => make());
  demandPart('head', head);
  const part = `head "${head.name}"`;
  const demand = demandOf(part);
  checkContract(head, demand);

  const before = memory().numTensors;
  const context = contextOf(settings, featureMap[2]);
  const batch = 3;
  const build = () => networkOf(make(), featureMap, context, demand).network;
  const tensor = normalTensor<Tensor4D>([batch, ...featureMap], seed, 'check-head');
  const test: NetworkUnderTest = { part, build, input: tensor, withoutGradient, seed };
  const { applied, network } = await under(part, 'shape', () => networkOf(head, featureMap, context, demand));
  try {
    const outputs = await under(part, 'shape', () => run(network, tensor));
    const expected = batch * context.labels.size;
    demand(
      'shape',
      outputs.length === expected,
      `${outputs.length} numbers for [${batch}, ${context.labels.size}]`,
    );
    checkCosines(outputs, settings.largestCosine, demand);
    const oneMore = contextOf(settings, featureMap[2], 1);
    const more = await under(part, 'labels', () => networkOf(head, featureMap, oneMore, demand));
    try {
      const alone = await under(part, 'labels', () => networkOf(make(), featureMap, oneMore, demand));
      alone.network.dispose();
      checkLabels(more.applied, alone.applied, demand);
      if (settings.byLabel !== 'none') {
        await under(part, 'label-order', () => checkByLabel(applied, network, more.network, demand));
      }
    } finally {
      more.network.dispose();
    }
    await under(part, 'label-order', () =>
      checkLabelOrder(applied, network, tensor, context.labels.size, demand),
    );
    await checkHeatMaps(part, applied, network, tensor, context.labels.size, demand);
    await checkNetwork(test, demand);
  } finally {
    network.dispose();
    tensor.dispose();
  }
  checkTensors(before, demand);
}

async function makerOf(
  subject: Head | HeadDefinition | (() => Head),
  settings: CheckHeadOptions,
): Promise<() => Head> {
  if (typeof subject === 'function') return subject;
  if (!('create' in subject)) return () => subject;
  const part = `head "${subject.name}"`;
  const options = checkOptions(subject, 'head', settings.options, demandOf(part));
  await under(part, 'definition', () => madeBy(part, subject.create(options)));
  return () => subject.create(options);
}

function checkContract(head: Head, demand: Demand): void {
  const space: unknown = head.space;
  demand('contract', typeof head.name === 'string' && head.name !== '', 'it has no name');
  demand('contract', space === 'logits' || space === 'cosines', `its space is ${JSON.stringify(space)}`);
  demand('contract', typeof head.apply === 'function', '"apply" is not a function');
}

/** What `apply` gives, but for the outputs' shape. */
function appliedBy(
  head: Head,
  featureMap: SymbolicTensor,
  context: HeadContext,
  demand: Demand,
): AppliedHead {
  let applied: AppliedHead;
  try {
    applied = applyHead(head, featureMap, context);
  } catch (error) {
    demand('contract', !(error instanceof PartError), () => (error as Error).message);
    throw error;
  }
  const { scale } = applied;
  demand('contract', head.space !== 'logits' || scale === 1, `logits have scale 1, not ${scale}`);
  return applied;
}

/**
 * @param after what a head gives that was applied for other labels before
 * @param alone what a new head gives for the same labels
 */
function checkLabels(after: AppliedHead, alone: AppliedHead, demand: Demand): void {
  demand(
    'labels',
    after.scale === alone.scale,
    () => `its scale is ${alone.scale}, and ${after.scale} after it was applied for other labels`,
  );
}

/** @param more labels beside those of the settings */
function contextOf(settings: CheckHeadOptions, featureChannels: number, more = 0): HeadContext {
  const { labels = 7, seed = 0, penultimate } = settings;
  const count = labels + more;
  const width = String(count - 1).length;
  const names = Array.from({ length: count }, (_, i) => `label-${String(i).padStart(width, '0')}`);
  return {
    labels: new LabelVocabulary(names),
    seed,
    backbone: { featureChannels, penultimate },
    labelGraph: enlarged(settings.labelGraph ?? sampleGraph(labels), more),
  };
}

/** Each label occurs with one in three others, always the next one among them; one-hot word vectors. */
function sampleGraph(count: number): LabelGraph {
  const random = new RandomStream(0, 'sample-graph');
  const matrix = (value: (i: number, j: number) => number): LabelMatrix => ({
    rows: count,
    columns: count,
    values: Float32Array.from({ length: count * count }, (_, at) =>
      value(Math.floor(at / count), at % count),
    ),
  });
  return {
    cooccurrence: matrix((i, j) => {
      const draw = random.uniform();
      if (i === j) return 0;
      return j === (i + 1) % count || draw < 1 / 3 ? 0.4 + 0.5 * draw : 0.2 * draw;
    }),
    wordVectors: matrix((i, j) => (i === j ? 1 : 0)),
  };
}

/** With labels that occur with none; word vectors stay as long as they are. */
function enlarged({ cooccurrence, wordVectors }: LabelGraph, more: number): LabelGraph {
  const withRoom = ({ rows, columns, values }: LabelMatrix, wider: number): LabelMatrix => ({
    rows: rows + more,
    columns: columns + wider,
    values: Float32Array.from({ length: (rows + more) * (columns + wider) }, (_, at) => {
      const [i, j] = [Math.floor(at / (columns + wider)), at % (columns + wider)];
      return i < rows && j < columns ? values[i * columns + j] : 0;
    }),
  });
  return { cooccurrence: withRoom(cooccurrence, more), wordVectors: wordVectors && withRoom(wordVectors, 0) };
}

function networkOf(
  head: Head,
  [height, width, channels]: readonly [number, number, number],
  context: HeadContext,
  demand: Demand,
): { applied: AppliedHead; network: LayersModel } {
  const featureMap = input({ shape: [height, width, channels], name: 'feature_map' });
  // The first cell serves as the class token of a head that reads one.
  const classToken = new TokenOfRow({ name: 'class_token' });
  const applied = appliedBy(
    head,
    featureMap,
    head.needsClassToken
      ? { ...context, classToken: classToken.apply(featureMap) as SymbolicTensor }
      : context,
    demand,
  );
  const { outputs } = applied;
  demandSymbolic('its apply', outputs, demand);
  const { shape } = outputs;
  demand(
    'shape',
    shape.length === 2 && shape[1] === context.labels.size,
    () => `it gives ${shapeText(shape)} for ${context.labels.size} labels`,
  );
  return { applied, network: model({ inputs: featureMap, outputs, name: 'conformance' }) };
}

function checkCosines(outputs: Float32Array, largest: number | undefined, demand: Demand): void {
  if (largest === undefined) return;
  const beyond = outputs.findIndex((output) => Math.abs(output) > largest + 1e-6);
  demand('cosine-range', beyond < 0, () => `element ${beyond} is ${outputs[beyond]}, beyond ${largest}`);
}
