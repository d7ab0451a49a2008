import { memory } from '@tensorflow/tfjs-core';
import { LabelVocabulary, RandomStream, type Loss, type LossDefinition } from '@polytag/core';
import { firstDifference, firstNotFinite } from '../rules/compare.js';
import { demandOf, under, type Demand } from '../rules/conformance-error.js';
import { checkOptions, demandExport, madeBy } from '../rules/definition.js';
import { lossAt, type LossAt } from './loss-at.js';

export interface CheckLossOptions {
  /** Options of a definition, as a config file gives them. Default `{}`. */
  readonly options?: unknown;
  /** Images and labels of the test batch. Default 4 x 5. */
  readonly batch?: number;
  readonly labels?: number;
  /** What the trainer would hand over from the head. Default 1 for logits, 10 for cosines. */
  readonly scale?: number;
  /** Outputs are drawn uniformly from ±range. Default 4 for logits, 0.95 for cosines. */
  readonly range?: number;
  /** Largest outputs of any size that must still give finite values. Default 60 for logits, 1 for cosines. */
  readonly extreme?: number;
  /** Step of the finite differences. Default 0.02 / scale. */
  readonly step?: number;
  /** Largest error of a gradient element, relative to max(1e-2, the largest element). Default 2e-3. */
  readonly tolerance?: number;
  /**
   * `stopped`: the loss holds a part of itself constant in the backward pass on purpose (as the first release of
   * ASL does with its focusing weight), so finite differences do not apply; its gradient need only be finite.
   * Default `exact`.
   */
  readonly gradient?: 'exact' | 'stopped';
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Checks that a loss keeps the contract of `Loss`. Choose the engine before (`useEngine`). Rules:
 *
 * | rule | meaning |
 * | --- | --- |
 * | `definition` | a definition has kind `loss` and a name, takes the given options and refuses an unknown one |
 * | `contract` | it has a name, a space and a function |
 * | `shape` | [B, K] in, one float32 value for each element out, for B = 1 too; of a batchwise loss one for all |
 * | `finite` | values and gradients are finite: rows without and with only positives, extreme outputs |
 * | `non-negative` | no value is below 0, soft targets included |
 * | `ignored` | an element with a target below 0 has value 0 (of a batchwise loss: changes nothing) and gradient 0, whatever its output |
 * | `gradient` | the gradient is that of the value (central finite differences) |
 * | `deterministic` | the same input gives the same values |
 * | `inputs` | outputs and targets are not disposed |
 * | `tensors` | nothing is kept after a step |
 *
 * @throws ConformanceError naming the first broken rule
 */
export async function checkLoss(
  subject: Loss | LossDefinition,
  settings: CheckLossOptions = {},
): Promise<void> {
  demandExport(subject, 'loss');
  const name = `loss "${subject.name}"`;
  const demand = demandOf(name);
  const given =
    'create' in subject
      ? await under(name, 'definition', () =>
          madeBy(name, subject.create(checkOptions(subject, 'loss', settings.options, demand))),
        )
      : subject;
  checkContract(given, demand);
  if (given.forEpoch)
    await under(name, 'contract', () => checkMade('forEpoch', given, given.forEpoch!(0), demand));
  const weighted = given.forLabels && forSomeLabels(given);
  if (weighted) checkMade('forLabels', given, weighted.loss, demand);
  const loss = given;

  const { batch = 4, labels = 5, seed = 0 } = settings;
  const scale = settings.scale ?? (loss.space === 'logits' ? 1 : 10);
  const before = memory().numTensors;
  const at = (outputs: Float32Array, targets: Float32Array, rows = batch): Promise<LossAt> =>
    under(name, 'shape', () => lossAt(loss, { outputs, targets, rows, labels, scale }, demand));
  const random = new RandomStream(seed, 'check-loss');
  const range = settings.range ?? (loss.space === 'logits' ? 4 : 0.95);
  const draw = (count: number) =>
    Float32Array.from({ length: count }, () => range * (2 * random.uniform() - 1));

  const outputs = draw(batch * labels);
  const targets = mixedTargets(batch * labels, random);
  const first = await at(outputs, targets);
  checkValues(first, demand);
  checkIgnored(first, targets, demand);
  const again = await at(outputs, targets);
  const differs = firstDifference(again.values, first.values, { absolute: 0, relative: 0 });
  demand('deterministic', differs === undefined, `run again, ${differs}`);

  const one = await at(outputs.slice(0, labels), targets.slice(0, labels), 1);
  if (loss.kind !== 'batchwise') {
    const oneDiffers = firstDifference(one.values, first.values.subarray(0, labels));
    demand('shape', oneDiffers === undefined, `for a batch of one, ${oneDiffers}`);
  } else {
    const others = outputs.map((output, i) => (targets[i] < 0 ? output + 1 : output));
    const moved = firstDifference((await at(others, targets)).values, first.values);
    demand('ignored', moved === undefined, `with other outputs of ignored elements, ${moved}`);
  }

  await checkExtremes(
    { batch, labels, extreme: settings.extreme ?? (loss.space === 'logits' ? 60 : 1) },
    draw,
    at,
    demand,
  );
  if (settings.gradient !== 'stopped') {
    const step = settings.step ?? 0.02 / scale;
    await checkGradient(first, { outputs, targets, step, tolerance: settings.tolerance ?? 2e-3 }, at, demand);
  }
  const left = memory().numTensors - before;
  demand('tensors', left === 0, `${left} tensors are left after all steps`);
}

/** A loss that a loss makes: of the same kind and space, and no promise. */
function checkMade(what: string, { kind, space }: Loss, made: Loss, demand: Demand): void {
  const given = typeof made === 'object' && made !== null ? made : undefined;
  demand('contract', given !== undefined, `its ${what} gives ${String(made)}, not a loss`);
  checkContract(given!, demand);
  const isSame = (given!.kind ?? 'elementwise') === (kind ?? 'elementwise') && given!.space === space;
  demand('contract', isSame, `its ${what} gives a loss of another kind or space`);
}

/** Undefined where the loss refuses these labels, as one does whose weights are for labels by name. */
function forSomeLabels(loss: Loss): { readonly loss: Loss } | undefined {
  const labels = new LabelVocabulary(['a', 'b', 'c']);
  try {
    return { loss: loss.forLabels!({ labels, positives: [1, 2, 3], negatives: [3, 2, 1] }) };
  } catch {
    return undefined;
  }
}

function checkContract(loss: Loss, demand: Demand): void {
  demand('contract', typeof loss.name === 'string' && loss.name !== '', 'it has no name');
  const space: unknown = loss.space;
  demand('contract', space === 'logits' || space === 'cosines', `its space is ${JSON.stringify(space)}`);
  const kind: unknown = loss.kind ?? 'elementwise';
  demand('contract', kind === 'elementwise' || kind === 'batchwise', `its kind is ${JSON.stringify(kind)}`);
  if (loss.kind !== 'batchwise') {
    demand('contract', typeof loss.elementwise === 'function', '"elementwise" is not a function');
    return;
  }
  demand('contract', typeof loss.batchwise === 'function', '"batchwise" is not a function');
  const parts: unknown = loss.parts;
  demand('contract', parts === 'averaged' || parts === 'refused', `its parts are ${JSON.stringify(parts)}`);
}

/** Absent, present, soft and ignored elements in turn, so that each batch has all of them. */
function mixedTargets(count: number, random: RandomStream): Float32Array {
  const kinds = [0, 1, -1, 0, 1, 0.3];
  return Float32Array.from({ length: count }, (_, i) => kinds[(i + random.integer(2)) % kinds.length]);
}

function checkValues({ values, gradients }: LossAt, demand: Demand): void {
  const value = firstNotFinite(values);
  demand('finite', value === undefined, `value of ${value}`);
  const gradient = firstNotFinite(gradients);
  demand('finite', gradient === undefined, `gradient of ${gradient}`);
  const negative = values.findIndex((entry) => entry < 0);
  demand('non-negative', negative < 0, () => `element ${negative} is ${values[negative]}`);
}

function checkIgnored({ values, gradients }: LossAt, targets: Float32Array, demand: Demand): void {
  targets.forEach((target, i) => {
    if (target >= 0) return;
    if (values.length > 1)
      demand('ignored', values[i] === 0, `element ${i} has target ${target} and value ${values[i]}`);
    demand('ignored', gradients[i] === 0, `element ${i} has target ${target} and gradient ${gradients[i]}`);
  });
}

/** Rows without positives, with positives only, with nothing that counts; then outputs far out on either side. */
async function checkExtremes(
  { batch, labels, extreme }: { batch: number; labels: number; extreme: number },
  draw: (count: number) => Float32Array,
  at: (outputs: Float32Array, targets: Float32Array) => Promise<LossAt>,
  demand: Demand,
): Promise<void> {
  const count = batch * labels;
  const far = Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? extreme : -extreme));
  for (const outputs of [draw(count), far]) {
    for (const target of [0, 1, -1]) {
      const targets = new Float32Array(count).fill(target);
      const result = await at(outputs, targets);
      checkValues(result, demand);
      checkIgnored(result, targets, demand);
    }
  }
}

/**
 * Each element's gradient against finite differences of the sum. Where the loss has a kink (a margin that cuts
 * off) a value between the left and the right slope is right.
 */
async function checkGradient(
  { values, gradients }: LossAt,
  {
    outputs,
    targets,
    step,
    tolerance,
  }: { outputs: Float32Array; targets: Float32Array; step: number; tolerance: number },
  at: (outputs: Float32Array, targets: Float32Array) => Promise<LossAt>,
  demand: Demand,
): Promise<void> {
  const sum = (numbers: Float32Array) => numbers.reduce((total, value) => total + value, 0);
  const here = sum(values);
  const largest = gradients.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-2);
  for (let i = 0; i < outputs.length; i++) {
    const slope = async (direction: 1 | -1) => {
      const moved = outputs.slice();
      moved[i] += direction * step;
      return (sum((await at(moved, targets)).values) - here) / (moved[i] - outputs[i]);
    };
    const [left, right] = [await slope(-1), await slope(1)];
    const central = (left + right) / 2;
    // Slopes of a smooth loss differ by step·f''; only a jump beyond that is a kink.
    const kink = Math.abs(left - right) > 0.1 * Math.max(Math.abs(left), Math.abs(right));
    const [low, high] = kink ? [Math.min(left, right), Math.max(left, right)] : [central, central];
    const room = tolerance * largest;
    demand(
      'gradient',
      gradients[i] >= low - room && gradients[i] <= high + room,
      () =>
        `element ${i} (output ${outputs[i]}, target ${targets[i]}) has gradient ${gradients[i]}, ` +
        `finite differences give ${central}`,
    );
  }
}
