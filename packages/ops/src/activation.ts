import * as tf from '@tensorflow/tfjs-core';
import { operationKernel } from './kernel.js';

/** Activations that batch normalisation and `scaleShift` can apply in the same pass. */
export type Activation = 'identity' | 'relu' | 'hard-swish' | 'silu' | 'leaky-relu';

/** Activations that `activate` knows. */
export type PointwiseActivation = Activation | 'sigmoid' | 'hard-sigmoid' | 'gelu';

/** Slope of leaky ReLU for negative inputs where none is given, as in PyTorch. */
export const DEFAULT_LEAKY_SLOPE = 0.01;

export interface ActivationAttributes {
  readonly activation: PointwiseActivation;
  /** Of leaky ReLU. */
  readonly slope: number;
}

export const activateKernel = operationKernel<{ x: tf.Tensor }, ActivationAttributes>('PolytagActivate');
/** ReLU, and leaky ReLU whose slope is not below 0: the result has the sign of x. */
export const rectifyKernel = operationKernel<{ x: tf.Tensor }, ActivationAttributes>('PolytagRectify');

/**
 * Elementwise activation. At the kinks the derivative is PyTorch's: ReLU and leaky ReLU take the left
 * side at 0, hard-swish the middle piece at -3 and 3, hard-sigmoid is flat at both ends.
 *
 * @param x any shape
 * @param activation `hard-swish` is x·clip(x+3, 0, 6)/6, `hard-sigmoid` clip(x+3, 0, 6)/6, `silu` x·σ(x), `gelu` x·Φ(x) with
 *   the normal distribution itself, not its tanh form
 * @param options.slope slope of leaky ReLU at x ≤ 0, default 0.01
 */
export function activate(
  x: tf.Tensor,
  activation: PointwiseActivation,
  options: { slope?: number } = {},
): tf.Tensor {
  const { slope = DEFAULT_LEAKY_SLOPE } = options;
  const rectifies = activation === 'relu' || (activation === 'leaky-relu' && slope >= 0);
  const kernel = rectifies ? rectifyKernel : activateKernel;
  if (kernel.isAvailable()) return kernel.run({ x }, { activation, slope });
  const definition = composedActivation[activation];
  return tf.customGrad((z, save) => {
    (save as tf.GradSaveFunc)([z as tf.Tensor]);
    return {
      value: definition.value(z as tf.Tensor, slope),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => definition.gradient(saved[0], dy, slope),
    };
  })(x);
}

interface Definition {
  value(z: tf.Tensor, slope: number): tf.Tensor;
  /** Gradient of the value at z, times dy. One-sided choices at the kinks are those of PyTorch. */
  gradient(z: tf.Tensor, dy: tf.Tensor, slope: number): tf.Tensor;
}

/** The activations composed of stock tfjs operations. */
export const composedActivation: Record<PointwiseActivation, Definition> = {
  identity: { value: (z) => tf.clone(z), gradient: (_, dy) => tf.clone(dy) },
  relu: {
    value: (z) => tf.relu(z),
    gradient: (z, dy) => tf.where(tf.greater(z, 0), dy, tf.zerosLike(dy)),
  },
  'leaky-relu': {
    value: (z, slope) => tf.where(tf.greater(z, 0), z, tf.mul(z, slope)),
    gradient: (z, dy, slope) => tf.where(tf.greater(z, 0), dy, tf.mul(dy, slope)),
  },
  'hard-swish': {
    value: (z) => tf.mul(z, hardSigmoid(z)),
    gradient: (z, dy) => {
      const middle = tf.mul(dy, tf.add(tf.div(z, 3), 0.5));
      return tf.where(tf.less(z, -3), tf.zerosLike(dy), tf.where(tf.lessEqual(z, 3), middle, dy));
    },
  },
  'hard-sigmoid': {
    value: (z) => hardSigmoid(z),
    gradient: (z, dy) => {
      const rises = tf.logicalAnd(tf.greater(z, -3), tf.less(z, 3));
      return tf.where(rises, tf.div(dy, 6), tf.zerosLike(dy));
    },
  },
  sigmoid: {
    value: (z) => tf.sigmoid(z),
    gradient: (z, dy) => {
      const s = tf.sigmoid(z);
      return tf.mul(dy, tf.mul(s, tf.sub(1, s)));
    },
  },
  gelu: {
    value: (z) => {
      const { a, tail } = normalTail(z);
      return tf.sub(tf.relu(z), tf.mul(a, tail));
    },
    gradient: (z, dy) => {
      const { a, bell, tail } = normalTail(z);
      const positive = tf.greater(z, 0);
      const cumulative = tf.where(positive, tf.sub(1, tail), tail);
      const signed = tf.where(positive, a, tf.neg(a));
      const slope = tf.add(cumulative, tf.mul(signed, tf.mul(bell, 1 / Math.sqrt(2 * Math.PI))));
      return tf.mul(dy, slope);
    },
  },
  silu: {
    value: (z) => tf.mul(z, tf.sigmoid(z)),
    gradient: (z, dy) => {
      const s = tf.sigmoid(z);
      return tf.mul(dy, tf.mul(s, tf.add(tf.mul(z, tf.sub(1, s)), 1)));
    },
  },
};

/** Coefficients of rising powers: P/Q is Φ(−a)·e^(a²/2) for 0 <= a <= 14, within 5e-9 of it. */
const TAIL_P = [
  0.500000002447033, 0.4354522624068935, 0.1811343596607015, 0.0399263061473751, 0.004011660217518301,
];
const TAIL_Q = [
  1, 1.6687894386945066, 1.193765966151925, 0.4639253555260995, 0.1000878774577723, 0.010055595446343022,
];

const polynomial = (coefficients: readonly number[], a: tf.Tensor): tf.Tensor =>
  coefficients
    .slice(0, -1)
    .reduceRight(
      (sum: tf.Tensor, coefficient) => tf.add(tf.mul(sum, a), coefficient),
      tf.fill(a.shape, coefficients[coefficients.length - 1]),
    );

/** |z|, at most 14, with e^(−a²/2) and Φ(−a): beyond, both are 0 in float32. */
function normalTail(z: tf.Tensor): { a: tf.Tensor; bell: tf.Tensor; tail: tf.Tensor } {
  const a = tf.minimum(tf.abs(z), 14);
  const bell = tf.exp(tf.mul(-0.5, tf.square(a)));
  return { a, bell, tail: tf.mul(bell, tf.div(polynomial(TAIL_P, a), polynomial(TAIL_Q, a))) };
}

function hardSigmoid(z: tf.Tensor): tf.Tensor {
  return tf.div(tf.clipByValue(tf.add(z, 3), 0, 6), 6);
}
