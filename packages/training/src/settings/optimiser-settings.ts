import * as z from 'zod';
import {
  ADAMW_DEFAULTS,
  RADAM_DEFAULTS,
  RMSPROP_DEFAULTS,
  SAM_DEFAULTS,
  SGD_DEFAULTS,
} from '../optimisers/defaults.js';

const fraction = z.number().min(0).lt(1);
const epsilon = z.number().positive();

const sgdSchema = z.strictObject({
  name: z.literal('sgd'),
  momentum: fraction.default(SGD_DEFAULTS.momentum),
  dampening: z.number().min(0).max(1).default(SGD_DEFAULTS.dampening),
  nesterov: z.boolean().default(SGD_DEFAULTS.nesterov),
});

/** What the authors call `adam` and, with `amsgrad: true`, `amsgrad`. */
const adamwSchema = z.strictObject({
  name: z.literal('adamw'),
  beta1: fraction.default(ADAMW_DEFAULTS.beta1),
  beta2: fraction.default(ADAMW_DEFAULTS.beta2),
  epsilon: epsilon.default(ADAMW_DEFAULTS.epsilon),
  amsgrad: z.boolean().default(ADAMW_DEFAULTS.amsgrad),
});

const rmspropSchema = z.strictObject({
  name: z.literal('rmsprop'),
  alpha: fraction.default(RMSPROP_DEFAULTS.alpha),
  momentum: fraction.default(RMSPROP_DEFAULTS.momentum),
  epsilon: epsilon.default(RMSPROP_DEFAULTS.epsilon),
});

const radamSchema = z.strictObject({
  name: z.literal('radam'),
  beta1: fraction.default(RADAM_DEFAULTS.beta1),
  beta2: fraction.default(RADAM_DEFAULTS.beta2),
  epsilon: epsilon.default(RADAM_DEFAULTS.epsilon),
});

export const optimiserSchema = z.discriminatedUnion('name', [
  sgdSchema,
  adamwSchema,
  rmspropSchema,
  radamSchema,
]);

export const samSchema = z.strictObject({
  rho: z.number().positive().default(SAM_DEFAULTS.rho),
  adaptive: z.boolean().default(SAM_DEFAULTS.adaptive),
});
