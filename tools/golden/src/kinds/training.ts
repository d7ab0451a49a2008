import {
  LayerVariable,
  tensor,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs';
import type { Loss } from '@polytag/core';
import { batchNormTrain, l2Normalise, linear, matMul } from '@polytag/engine';
import type { Parameter } from '@polytag/layers';
import { asymmetricAngularMargin, asymmetricLoss, binaryCrossEntropy } from '@polytag/losses';
import {
  adamw,
  beforeAnyScore,
  constant,
  judgeScore,
  oneCycle,
  parameterGroups,
  RangeTest,
  sam,
  sgd,
  trainStep,
  WeightAverage,
  type Learner,
  type Optimiser,
  type Schedule,
} from '@polytag/training';
import { expectClose } from '../compare.js';
import type { Fixtures, GoldenCase } from '../fixtures.js';
import type { KindRunners } from '../runner.js';
import { UnseenBias } from './unseen-bias.js';

type Tolerance = { relative?: number; absolute?: number };

const toleranceOf = (golden: GoldenCase): Tolerance => ({
  relative: golden['tolerance'].rel,
  absolute: golden['tolerance'].abs,
});

/** float64 numbers: learning rates and momenta, where a case has no tolerance of its own for them. */
const EXACT: Tolerance = { relative: 1e-9 };

function checkOneCycle(golden: GoldenCase): void {
  const {
    max_lr,
    epochs,
    steps_per_epoch,
    pct_start,
    div_factor,
    final_div_factor,
    base_momentum,
    max_momentum,
  } = golden['params'];
  const schedule = oneCycle({
    totalSteps: epochs * steps_per_epoch,
    pctStart: pct_start,
    divFactor: div_factor,
    finalDivFactor: final_div_factor,
    baseMomentum: base_momentum,
    maxMomentum: max_momentum,
  });
  const points = golden['lr'].map((_: number[], step: number) => schedule.at(step));
  points.forEach(({ factor }: { factor: number }, step: number) => {
    const rates = max_lr.map((peak: number) => peak * factor);
    expectClose(`learning rates of step ${step}`, rates, golden['lr'][step], toleranceOf(golden));
  });
  expectClose(
    'momentum',
    points.map(({ momentum }: { momentum: number }) => momentum),
    golden['momentum'],
    toleranceOf(golden),
  );
  const finished = points.map((_: unknown, step: number) => Number(schedule.warmUpFinished(step)));
  expectClose('warm-up finished', finished, golden['warmup_finished'].map(Number), {});
}

function checkEarlyStopping(golden: GoldenCase): void {
  const { patience } = golden['params'];
  let state = beforeAnyScore;
  golden['sequence'].forEach((expected: Record<string, never>, i: number) => {
    const warmUpFinished = expected['warmup_finished'];
    const judged = judgeScore(state, expected['metric'], { patience, warmUpFinished });
    state = judged.state;
    const what = `of epoch ${i}`;
    expectClose(`smoothed ${what}`, [state.smoothed], [expected['smoothed']], EXACT);
    expectClose(`best ${what}`, [state.best], [expected['best']], EXACT);
    const { should_exit: stop, is_best: isBest, counter } = expected;
    expectSame(
      `verdict ${what}`,
      [judged.stop !== undefined, judged.isBest, state.counter],
      [stop, isBest, counter],
    );
  });
}

function checkRangeTest(golden: GoldenCase): void {
  const { start_lr, end_lr, num_iter, smooth_f, diverge_th, skip_start, skip_end } = golden['params'];
  const test = new RangeTest({
    ...{ startRate: start_lr, endRate: end_lr, steps: num_iter },
    ...{ smoothing: smooth_f, divergence: diverge_th, skipStart: skip_start, skipEnd: skip_end },
  });
  for (const loss of golden['raw_losses']) if (!test.finished) test.add(loss);
  const { points, suggestion } = test;
  const rates = points.map(({ learningRate }) => learningRate);
  expectClose('learning rates', rates, golden['lrs'], EXACT);
  const smoothed = points.map((point) => point.smoothed);
  expectClose('smoothed losses', smoothed, golden['smoothed'], EXACT);
  const stoppedAt = points.length < golden['raw_losses'].length ? points.length - 1 : null;
  expectSame('stopped at', stoppedAt, golden['stopped_at']);
  expectSame('suggested step', points.indexOf(suggestion!), golden['suggested_index']);
  expectClose('suggested rate', [suggestion!.learningRate], [golden['suggested_lr']], EXACT);
}

/** The case's network, x -> fc1 -> bn1 -> tanh -> fc2, on the engine's own operations. */
class TinyNetwork {
  readonly parameters: Parameter[];
  readonly #angular: boolean;
  readonly #batchNorm: boolean;

  constructor(golden: GoldenCase, fixtures: Fixtures, index: number) {
    this.#angular = golden['params'].loss === 'am_binary';
    this.#batchNorm = golden['params'].batchnorm;
    const keys = ['fc1.weight', 'fc1.bias'];
    if (this.#batchNorm) keys.push('bn1.weight', 'bn1.bias', 'bn1.running_mean', 'bn1.running_var');
    keys.push('fc2.weight', ...(this.#angular ? [] : ['fc2.bias']));
    this.parameters = keys.map((key) => {
      const layout =
        key.endsWith('weight') && !key.startsWith('bn') && !(key === 'fc2.weight' && this.#angular)
          ? 'linear'
          : 'plain';
      const { shape, data } = state(fixtures, golden, `init_m${index}`, key);
      const stored = tensor(Float32Array.from(data), shape);
      const initial = layout === 'linear' ? stored.transpose() : stored;
      const buffer = key.includes('running');
      const variable = new LayerVariable(initial, 'float32', key, !buffer);
      return { key, variable, layout, trainable: !buffer, buffer };
    });
  }

  parameter(key: string): Parameter {
    return this.parameters.find((parameter) => parameter.key === key)!;
  }

  weight(key: string): Tensor {
    return this.parameter(key).variable.read();
  }

  forward(x: Tensor): Tensor2D {
    let hidden = linear(x, this.weight('fc1.weight') as Tensor2D, this.weight('fc1.bias') as Tensor1D);
    if (this.#batchNorm) {
      const { output, mean, variance } = batchNormTrain(
        hidden,
        this.weight('bn1.weight') as Tensor1D,
        this.weight('bn1.bias') as Tensor1D,
        { epsilon: 1e-5 },
      );
      const size = hidden.shape[0]!;
      this.#blend('bn1.running_mean', mean);
      this.#blend('bn1.running_var', variance.mul(size / (size - 1)));
      hidden = output;
    }
    const features = hidden.tanh();
    const weight = this.weight('fc2.weight') as Tensor2D;
    if (!this.#angular) return linear(features, weight, this.weight('fc2.bias') as Tensor1D) as Tensor2D;
    return matMul(l2Normalise(features, 1), l2Normalise(weight, 0)).clipByValue(-1, 1) as Tensor2D;
  }

  #blend(key: string, seen: Tensor): void {
    const { variable } = this.parameter(key);
    variable.write(variable.read().mul(0.9).add(seen.mul(0.1)));
  }
}

function state(fixtures: Fixtures, golden: GoldenCase, role: string, key: string) {
  const found = fixtures.named(golden.file!, `${golden['tensor_prefix']}/${role}/${key}`);
  return { shape: [...found.shape], data: found.data as Float64Array | Float32Array };
}

/** A parameter in checkpoint order. */
async function stored(value: Tensor, { layout }: Parameter): Promise<Float32Array> {
  const ordered = tidy(() => (layout === 'linear' ? value.transpose() : value.clone()));
  const values = (await ordered.data<'float32'>()).slice();
  ordered.dispose();
  return values;
}

function baseOptimiser(name: string, params: GoldenCase['params']): Optimiser {
  const { momentum, nesterov, betas, adam_eps } = params;
  if (name === 'sgd') return sgd({ momentum, nesterov });
  return adamw({ beta1: betas[0], beta2: betas[1], epsilon: adam_eps, amsgrad: name === 'amsgrad' });
}

function lossOf(params: GoldenCase['params']): Loss {
  if (params.loss === 'bce') return binaryCrossEntropy({ labelSmoothing: params.label_smooth });
  const focus = {
    gammaNeg: params.asl_gamma_neg,
    gammaPos: params.asl_gamma_pos,
    labelSmoothing: params.label_smooth,
  };
  if (params.loss === 'am_binary')
    return asymmetricAngularMargin({ ...focus, margin: params.margin_m, k: params.k });
  return asymmetricLoss({ ...focus, probabilityMargin: params.asl_probability_margin });
}

function scheduleOf(params: GoldenCase['params']): Schedule {
  if (!params.scheduler) return constant();
  const { total_steps, pct_start, div_factor, final_div_factor } = params;
  return oneCycle({
    totalSteps: total_steps,
    pctStart: pct_start,
    divFactor: div_factor,
    finalDivFactor: final_div_factor,
  });
}

async function checkOptimisation(golden: GoldenCase, fixtures: Fixtures): Promise<void> {
  const params = golden['params'];
  const tolerance = toleranceOf(golden);
  const networks = Array.from({ length: params.models }, (_, i) => new TinyNetwork(golden, fixtures, i));
  const name = golden['optimizer'] === 'sam' ? golden['base'] : golden['optimizer'];
  const base = baseOptimiser(name, params);
  const optimiser =
    golden['optimizer'] === 'sam' ? sam(base, { rho: params.rho, adaptive: params.adaptive }) : base;
  const ownMomentum = name === 'sgd' ? params.momentum : params.betas[0];
  const groups = networks.map(({ parameters }) =>
    parameterGroups(parameters, { weightDecay: params.weight_decay, noBiasDecay: params.no_bias_decay }),
  );
  const expectedGroups = golden['param_groups']
    .map((group: object, index: number) => ({ ...group, index }))
    .filter((group: { params: string[] }) => group.params.length > 0);
  const schedule = scheduleOf(params);
  expectSame(
    'groups',
    groups[0].map((g) => g.parameters.map((p) => p.key)),
    expectedGroups.map((g: { params: string[] }) => g.params),
  );
  expectClose(
    'weight decays',
    groups[0].map((g) => g.weightDecay),
    expectedGroups.map((g: { weight_decay: number }) => g.weight_decay),
    EXACT,
  );

  const scales: number[] = Array.isArray(params.scale) ? params.scale : networks.map(() => params.scale);
  const learners = networks.map((network, i): Learner => ({
    forward: (x) => network.forward(x),
    scale: scales[i],
    optimiser: optimiser.bind(groups[i]),
    clipGradient: params.clip_grad,
  }));
  const average =
    params.ema_decay === null ? undefined : new WeightAverage(networks[0].parameters, params.ema_decay);
  const loss = lossOf(params);
  const bias = groups[0].find((group) => group.parameters.some(({ key }) => key === 'fc1.bias'));
  const unseen =
    params.batchnorm && name !== 'sgd'
      ? networks.map((network) => new UnseenBias(network.weight('fc1.bias').size))
      : undefined;

  for (let step = 0; step < golden['steps']; step++) {
    const at = schedule.at(step);
    const rates = { learningRate: params.lr * at.factor, momentum: at.momentum };
    const perGroup = groups[0].map((group) => rates.learningRate * group.learningRateFactor);
    const pick = (values: number[]) => expectedGroups.map((group: { index: number }) => values[group.index]);
    expectClose(`learning rates before step ${step}`, perGroup, pick(golden['lr_before_step'][step]), EXACT);
    const momenta = groups[0].map(() => rates.momentum ?? ownMomentum);
    expectClose(`momenta before step ${step}`, momenta, pick(golden['momentum_before_step'][step]), EXACT);

    const x = fixtures.named(golden.file!, `${golden['tensor_prefix']}/x${step}`);
    const t = fixtures.named(golden.file!, `${golden['tensor_prefix']}/t${step}`);
    const images = tensor2d(Float32Array.from(x.data as Float32Array), x.shape as [number, number]);
    const targets = tensor2d(Float32Array.from(t.data as Float32Array), t.shape as [number, number]);
    const report = await trainStep(learners, {
      images,
      targets,
      loss,
      reduction: 'sum',
      step,
      rates: learners.map(() => rates),
    });
    images.dispose();
    targets.dispose();
    average?.update();

    const losses = golden['loss_last_forward_of_step'][step];
    report.forEach(({ loss: own, mutual }, i) => {
      const model = i === 0 ? 'main_model' : `aux_model_${i}`;
      expectClose(`${model} loss of step ${step}`, [own], [losses[model]], tolerance);
      if (networks.length === 1) return;
      // The log holds the sum over the others; the loss takes its mean.
      const logged = mutual * (networks.length - 1);
      expectClose(`${model} mutual loss of step ${step}`, [logged], [losses[`mutual_${model}`]], tolerance);
    });
    const last = report[report.length - 1];
    expectClose(`loss of step ${step}`, [last.loss + last.mutual], [losses.loss], tolerance);

    for (const [i, network] of networks.entries()) {
      const role = `step${step + 1}_m${i}`;
      const expected = (key: string) => state(fixtures, golden, role, key).data;
      const moved = (key: string) => stored(network.parameter(key).variable.read(), network.parameter(key));
      if (unseen) {
        const reach =
          rates.learningRate *
          bias!.learningRateFactor *
          UnseenBias.largestStep(rates.momentum ?? ownMomentum, params.betas[1]);
        unseen[i].step(
          await moved('fc1.bias'),
          expected('fc1.bias'),
          learners[i].optimiser.passes,
          reach,
          params.ema_decay,
        );
      }
      for (const { key } of network.parameters) {
        const values = unseen ? unseen[i].shifted(key, expected(key), false) : expected(key);
        expectClose(`${role}/${key}`, await moved(key), values, tolerance);
      }
    }
    await average?.inModel(async () => {
      const role = `step${step + 1}_ema`;
      for (const parameter of networks[0].parameters) {
        const { data } = state(fixtures, golden, role, parameter.key);
        const values = unseen ? unseen[0].shifted(parameter.key, data, true) : data;
        expectClose(
          `${role}/${parameter.key}`,
          await stored(parameter.variable.read(), parameter),
          values,
          tolerance,
        );
      }
    });
  }
  average?.dispose();
  learners.forEach((learner) => learner.optimiser.dispose());
  networks.forEach(({ parameters }) => parameters.forEach(({ variable }) => variable.dispose()));
}

function expectSame(what: string, got: unknown, expected: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(expected)) {
    throw new Error(`${what}: ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
  }
}

export const trainingKinds: KindRunners = {
  early_stopping: { withoutEngine: true, run: checkEarlyStopping },
  lr_range_test: { withoutEngine: true, run: checkRangeTest },
  onecycle: { withoutEngine: true, run: checkOneCycle },
  optimisation: {
    run: (golden, { fixtures }) => checkOptimisation(golden, fixtures),
    outOfScope: (golden) => {
      const name = golden['base'] ?? golden['optimizer'];
      return ['sgd', 'adam', 'adamw', 'amsgrad'].includes(name)
        ? undefined
        : `optimiser ${name} is not built yet`;
    },
  },
};
