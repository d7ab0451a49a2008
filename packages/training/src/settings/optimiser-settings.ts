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
  /** Factor of the previous update. */
  momentum: fraction.default(SGD_DEFAULTS.momentum),
  /** Share of the gradient that does not enter the momentum. */
  dampening: z.number().min(0).max(1).default(SGD_DEFAULTS.dampening),
  /** Nesterov momentum. */
  nesterov: z.boolean().default(SGD_DEFAULTS.nesterov),
});

/** What the authors call `adam` and, with `amsgrad: true`, `amsgrad`. */
const adamwSchema = z.strictObject({
  name: z.literal('adamw'),
  /** Decay of the mean of the gradients. */
  beta1: fraction.default(ADAMW_DEFAULTS.beta1),
  /** Decay of the mean of the squared gradients. */
  beta2: fraction.default(ADAMW_DEFAULTS.beta2),
  /** Added to the denominator. */
  epsilon: epsilon.default(ADAMW_DEFAULTS.epsilon),
  /** AMSGrad: divides by the largest mean of squared gradients so far. */
  amsgrad: z.boolean().default(ADAMW_DEFAULTS.amsgrad),
});

const rmspropSchema = z.strictObject({
  name: z.literal('rmsprop'),
  /** Decay of the mean of the squared gradients. */
  alpha: fraction.default(RMSPROP_DEFAULTS.alpha),
  /** Factor of the previous update. */
  momentum: fraction.default(RMSPROP_DEFAULTS.momentum),
  /** Added to the denominator. */
  epsilon: epsilon.default(RMSPROP_DEFAULTS.epsilon),
});

const radamSchema = z.strictObject({
  name: z.literal('radam'),
  /** Decay of the mean of the gradients. */
  beta1: fraction.default(RADAM_DEFAULTS.beta1),
  /** Decay of the mean of the squared gradients. */
  beta2: fraction.default(RADAM_DEFAULTS.beta2),
  /** Added to the denominator. */
  epsilon: epsilon.default(RADAM_DEFAULTS.epsilon),
});

export const optimiserSchema = z.discriminatedUnion('name', [
  sgdSchema,
  adamwSchema,
  rmspropSchema,
  radamSchema,
]);

export const samSchema = z.strictObject({
  /** Radius of the neighbourhood in which the loss should be low. */
  rho: z.number().positive().default(SAM_DEFAULTS.rho),
  /** Scales the radius with the size of each weight. */
  adaptive: z.boolean().default(SAM_DEFAULTS.adaptive),
});
