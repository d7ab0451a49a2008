import { dispose, grad, sum, tensor2d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { mixTargets } from '@polytag/datasets';
import {
  aamAslLoss,
  asymmetricLoss,
  binaryCrossEntropy,
  hillLoss,
  mutualKl,
  splcLoss,
  twoWayLoss,
  twoWayTerms,
} from '@polytag/losses';
import { expectClose, numberOf } from '../compare.js';
import type { GoldenCase } from '../fixtures.js';
import type { GoldenContext, GoldenRunner, KindRunners } from '../runner.js';

type Cost = (outputs: Tensor2D, targets: Tensor2D) => Tensor;

/** Right when any accepted outcome is met: float64 arithmetic, or float32 arithmetic as PyTorch runs it where they differ. */
function expectAny(checks: readonly (() => void)[]): void {
  const failures: Error[] = [];
  for (const check of checks) {
    try {
      return check();
    } catch (error) {
      failures.push(error as Error);
    }
  }
  throw new Error(failures.map((failure) => failure.message).join('\nand '));
}

/** Checks the sum of a loss and its gradient against the case. `role` names the second tensor. */
async function check(
  golden: GoldenCase,
  { fixtures }: GoldenContext,
  role: string,
  cost: Cost,
  prepare: (values: Float32Array, columns: number) => Float32Array = (values) => values,
): Promise<void> {
  const given = (name: string, prepared: typeof prepare): Tensor2D => {
    const { data, shape } = fixtures.tensor(golden, name);
    const values = prepared(Float32Array.from(data as Float32Array), shape[1]);
    return tensor2d(values, shape as [number, number], 'float32');
  };
  const [outputs, other] = [given('x', (values) => values), given(role, prepare)];
  const total = (x: Tensor): Tensor => sum(cost(x as Tensor2D, other));
  const computed = tidy(() => [total(outputs), grad(total)(outputs), cost(outputs, other)]);
  const [value, gradient, elements] = await Promise.all(computed.map((tensor) => tensor.data()));
  const known = [...(await other.data())].filter((target) => target >= 0).length;
  dispose([outputs, other, ...computed]);

  const { value_rtol, value_atol, grad_rtol, grad_atol } = golden['tolerance'];
  const values = [golden['value'], golden['value_f32']]
    .filter((expected) => expected !== undefined)
    .map(numberOf);
  expectAny(
    values.map((expected) => () => {
      expectClose('value', value, [expected], { relative: value_rtol, absolute: value_atol });
    }),
  );
  if (golden.tensors?.['loss']) {
    const expected = fixtures.tensor(golden, 'loss').data as Float32Array;
    expectClose('loss', elements, expected, { relative: value_rtol, absolute: 1e-7 });
  }
  if (golden['value_mean_over_known'] !== undefined) {
    expectClose('known', [known], [golden['known']], {});
    const mean = [...elements].reduce((sum, element) => sum + element, 0) / Math.max(known, 1);
    expectClose('mean over known', [mean], [golden['value_mean_over_known']], { relative: value_rtol });
  }
  const roles = ['grad', 'grad_f32'].filter((name) => golden.tensors?.[name]);
  expectAny(
    roles.map((name) => () => {
      const expected = fixtures.tensor(golden, name).data as Float32Array;
      expectClose(name, gradient, expected, { relative: grad_rtol, absolute: grad_atol });
    }),
  );
}

/** docs/method.md#asl */
const asl: GoldenRunner = (golden, context) => {
  const params = golden['params'];
  const loss = asymmetricLoss({
    gammaNeg: params['gamma_neg'],
    gammaPos: params['gamma_pos'],
    // The original release calls the margin "clip" and its constant focusing weight "detached".
    probabilityMargin: params['probability_margin'] ?? params['clip'],
    labelSmoothing: params['label_smooth'],
    epsilon: params['eps'],
    focusGradient: !(params['detach_focus_weight'] ?? false),
  });
  return check(golden, context, 'targets', (x, y) => loss.elementwise(x, y, params['scale'] ?? 1));
};

/** docs/method.md#bce */
const bce: GoldenRunner = (golden, context) => {
  const params = golden['params'];
  const loss = binaryCrossEntropy({ labelSmoothing: params['label_smooth'], epsilon: params['eps'] });
  return check(golden, context, 'targets', (x, y) => loss.elementwise(x, y, params['scale'] ?? 1));
};

/** docs/method.md#aam */
const aam: GoldenRunner = (golden, context) => {
  const params = golden['params'];
  const loss = aamAslLoss({
    margin: params['m'],
    k: params['k'],
    gammaNeg: params['gamma_neg'],
    gammaPos: params['gamma_pos'],
    probabilityMargin: params['probability_margin'],
    labelSmoothing: params['label_smooth'],
  });
  // The loader mixes targets before they are tensors.
  const { aug_index: order, lam: lambda } = params;
  const mix = (targets: Float32Array, labels: number): Float32Array =>
    order === undefined ? targets : mixTargets(targets, labels, { order, lambda });
  return check(golden, context, 'targets', (x, y) => loss.elementwise(x, y, params['s']), mix);
};

/** docs/method.md#hill */
const hill: GoldenRunner = (golden, context) => {
  const { lamb: lambda, margin, gamma } = golden['params'];
  const loss = hillLoss({ lambda, margin, gamma });
  return check(golden, context, 'targets', (x, y) => loss.elementwise(x, y, 1));
};

/** docs/method.md#splc */
const splc: GoldenRunner = (golden, context) => {
  const { tau: threshold, change_epoch: correctFrom, margin, gamma, epoch } = golden['params'];
  const loss = splcLoss({ threshold, correctFrom, margin, gamma }).forEpoch(epoch);
  return check(golden, context, 'targets', (x, y) => loss.elementwise(x, y, 1));
};

/** docs/method.md#two-way */
const twoWay: GoldenRunner = async (golden, { fixtures }) => {
  const { Tp: positiveTemperature, Tn: negativeTemperature } = golden['params'];
  const options = { positiveTemperature, negativeTemperature };
  const loss = twoWayLoss(options);
  const given = (role: string): Tensor2D => {
    const { data, shape } = fixtures.tensor(golden, role);
    return tensor2d(Float32Array.from(data as Float32Array), shape as [number, number]);
  };
  const [x, y] = [given('x'), given('targets')];
  const value = (z: Tensor): Tensor => loss.batchwise(z as Tensor2D, y, 1);
  const computed = tidy(() => {
    const { perLabel, perImage } = twoWayTerms(x, y, options);
    return [value(x), grad(value)(x), perLabel, perImage];
  });
  const [total, gradient, perLabel, perImage] = await Promise.all(computed.map((tensor) => tensor.data()));
  dispose([x, y, ...computed]);
  const { value_rtol: relative, grad_rtol, grad_atol } = golden['tolerance'];
  const stored = (role: string) => fixtures.tensor(golden, role).data as Float32Array;
  // Without any positive the original averages nothing.
  const expected = golden['value_recommended'] ?? numberOf(golden['value']);
  expectClose('value', total, [expected], { relative, absolute: 1e-7 });
  expectClose('per_class', perLabel, stored('per_class'), { relative, absolute: 1e-7 });
  expectClose('per_image', perImage, stored('per_image'), { relative, absolute: 1e-7 });
  expectClose('grad', gradient, stored('grad'), { relative: grad_rtol, absolute: grad_atol });
};

/** docs/method.md#mutual-learning */
const mutual: GoldenRunner = (golden, context) => {
  const params = golden['params'];
  return check(golden, context, 'other', (x, other) =>
    mutualKl(
      { outputs: x, scale: params['scale_self'] },
      { outputs: other, scale: params['scale_other'] },
      params['eps'],
    ),
  );
};

export const lossKinds: KindRunners = {
  aam: { run: aam },
  asl: { run: asl },
  asl_original: { run: asl },
  bce: { run: bce },
  hill: { run: hill },
  mutual_kl: { run: mutual },
  splc: { run: splc },
  two_way: { run: twoWay },
};
