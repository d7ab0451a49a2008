import type { Loss } from '@polytag/core';
import { aamAslLoss, asymmetricLoss, binaryCrossEntropy } from '@polytag/losses';
import {
  adamw,
  constant,
  oneCycle,
  parameterGroups,
  sam,
  sgd,
  trainableModel,
  trainStep,
  WeightEma,
  type Optimiser,
  type Schedule,
} from '@polytag/training';
import { expectClose, expectSame } from '../compare.js';
import type { Fixtures, GoldenCase } from '../fixtures.js';
import type { KindRunners } from '../runner.js';
import { state, stored, TinyNetwork } from './tiny-network.js';
import { EXACT, toleranceOf } from './training-tolerance.js';
import { UnseenBias } from './unseen-bias.js';

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
  if (params.loss === 'am_binary') return aamAslLoss({ ...focus, margin: params.margin_m, k: params.k });
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
  const models = networks.map((network, i) =>
    trainableModel({
      forward: (x) => network.forward(x),
      scale: scales[i],
      optimiser: optimiser.bind(groups[i]),
      clipGradient: params.clip_grad,
      schedule,
    }),
  );
  const ema = params.ema_decay === null ? undefined : new WeightEma(networks[0].parameters, params.ema_decay);
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
    const batch = {
      inputs: Float32Array.from(x.data as Float32Array),
      shape: x.shape,
      targets: Float32Array.from(t.data as Float32Array),
    };
    const report = await trainStep(models, batch, {
      loss,
      reduction: 'sum',
      learningRate: params.lr,
      step,
    });
    ema?.update();

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
          models[i].optimiser.passes,
          reach,
          params.ema_decay,
        );
      }
      for (const { key } of network.parameters) {
        const values = unseen ? unseen[i].shifted(key, expected(key), false) : expected(key);
        expectClose(`${role}/${key}`, await moved(key), values, tolerance);
      }
    }
    await ema?.inModel(async () => {
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
  ema?.dispose();
  models.forEach((model) => model.optimiser.dispose());
  networks.forEach(({ parameters }) => parameters.forEach(({ variable }) => variable.dispose()));
}

export const optimisationKinds: KindRunners = {
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
