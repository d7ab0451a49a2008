import * as z from 'zod';

const fraction = z.number().min(0).lt(1);
const epsilon = z.number().positive().default(1e-8);

const sgdSettings = z.strictObject({
  name: z.literal('sgd'),
  momentum: fraction.default(0.9),
  dampening: z.number().min(0).max(1).default(0),
  nesterov: z.boolean().default(false),
});

/** What the authors call `adam` and, with `amsgrad: true`, `amsgrad`. */
const adamwSettings = z.strictObject({
  name: z.literal('adamw'),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon,
  amsgrad: z.boolean().default(false),
});

const rmspropSettings = z.strictObject({
  name: z.literal('rmsprop'),
  alpha: fraction.default(0.99),
  momentum: fraction.default(0.9),
  epsilon,
});

const radamSettings = z.strictObject({
  name: z.literal('radam'),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon,
});

export const optimiserSettings = z.discriminatedUnion('name', [
  sgdSettings,
  adamwSettings,
  rmspropSettings,
  radamSettings,
]);

export const samSettings = z.strictObject({
  rho: z.number().positive().default(0.05),
  adaptive: z.boolean().default(false),
});
