import {
  cast,
  grad,
  less,
  mul,
  randomNormal,
  randomUniform,
  sum,
  tidy,
  type Tensor,
  type Tensor2D,
  type Variable,
} from '@tensorflow/tfjs-core';
import { scaleValues, squaredNorm, useEngine } from '@polytag/engine';
import { variableOf } from '@polytag/layers';
import { aamAsl, asl, bce } from '@polytag/losses';
import { adamw, parameterGroups, sam, sgd, WeightEma, type BoundOptimiser } from '@polytag/training';
import { median } from '../median.js';
import { benchModel } from '../side/bench-model.js';
import { PEER_LABELS, type ModelName } from '../side/work.js';

/** What a step costs beside its gradients, on the wasm engine. */
export interface UpdateTimes {
  /** Tensors that learn, and their elements. */
  readonly tensors: number;
  readonly weights: number;
  /** Median milliseconds by name of the update. */
  readonly times: Readonly<Record<string, number>>;
}

/** Calls that do not count: they compile and take memory. */
const WARM_UP = 20;

/** Times each update of a network's weights, with the weights for gradients. */
export async function updateTimes(name: ModelName, repeats: number): Promise<UpdateTimes> {
  await useEngine('wasm');
  const model = await benchModel({ model: name, labels: PEER_LABELS, size: 32 });
  const groups = parameterGroups(model.parameters, { weightDecay: 5e-4 });
  const weights = groups.flatMap((group) => group.parameters.map(variableOf));
  const gradients = new Map<Variable, Tensor>(
    weights.map((weight) => [weight, tidy(() => mul(weight, 0.01))]),
  );
  const times: Record<string, number> = {};
  const time = async (update: string, run: () => unknown): Promise<void> => {
    for (let i = 0; i < WARM_UP; i++) await run();
    const taken: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const start = performance.now();
      await run();
      taken.push(performance.now() - start);
    }
    times[update] = median(taken);
  };
  const [outputs, targets] = tidy(() => [
    randomNormal([64, 80]),
    cast(less(randomUniform([64, 80]), 0.1), 'float32'),
  ]);
  for (const [loss, run] of lossGradients(outputs as Tensor2D, targets as Tensor2D)) await time(loss, run);
  outputs.dispose();
  targets.dispose();
  const rates = { learningRate: 1e-6, momentum: 0.9 };
  const bound = async (optimiser: BoundOptimiser, update: string, run: () => unknown): Promise<void> => {
    await time(update, run);
    optimiser.dispose();
  };
  for (const [update, optimiser] of [
    ['SGD with momentum', sgd()],
    ['AdamW', adamw()],
    ['AMSGrad', adamw({ amsgrad: true })],
  ] as const) {
    const moving = optimiser.bind(groups);
    await bound(moving, update, () => moving.apply(0, gradients, rates));
  }
  for (const adaptive of [false, true]) {
    const climbing = sam(sgd(), { adaptive }).bind(groups);
    await bound(climbing, `${adaptive ? 'adaptive ' : ''}SAM: norm, ascent and way back`, async () => {
      await climbing.apply(0, gradients, rates);
      climbing.abandon();
    });
  }
  const ema = new WeightEma(model.parameters, 0.999);
  await time('average of the weights', () => ema.update());
  ema.dispose();
  const all = [...gradients.values()];
  await time('global norm', () => squaredNorm(all));
  await time('clipping, without the norm', () => scaleValues(all, 1));
  all.forEach((gradient) => gradient.dispose());
  const elements = weights.reduce((sum, { size }) => sum + size, 0);
  model.dispose();
  return { tensors: weights.length, weights: elements, times };
}

/** Each loss with its gradient. */
function lossGradients(outputs: Tensor2D, targets: Tensor2D): [name: string, run: () => void][] {
  const losses = { bce, asl, 'aam-asl': aamAsl };
  return Object.entries(losses).map(([name, loss]) => {
    const gradient = grad((z: Tensor) => sum(loss(z as Tensor2D, targets)));
    return [`${name} of 64 x 80, with its gradient`, () => tidy(() => void gradient(outputs))];
  });
}
