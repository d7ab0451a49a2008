import {
  add,
  cast,
  customGrad,
  div,
  equal,
  exp,
  greater,
  greaterEqual,
  log,
  max,
  maximum,
  mul,
  neg,
  sigmoid,
  squeeze,
  sub,
  sum,
  tidy,
  where,
  zerosLike,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { defineLoss, type BatchwiseLoss } from '@polytag/core';
import * as z from 'zod/mini';
import { expectSameShape, logSigmoid } from './elementwise-loss.js';
import { checked, checkedScale } from './options.js';

// Two-way loss (Kobayashi, "Two-way Multi-Label Loss", CVPR 2023); docs/method.md#two-way. Every positive is compared with
// every negative, along the labels of each image and along the images of each label. With x = scale·logit, a line L, which
// is a row or a column, and T₊, T₋ the temperatures of positives and negatives:
//
//   u(L) = T₊·ln Σ_L exp(−x/T₊ + P) + T₋·ln Σ_L exp(x/T₋ + N)      P = 0 for positives, N = 0 for negatives, else −100
//   loss = mean over rows of ln(1 + e^u) + mean over columns of ln(1 + e^u), of lines that have a positive

export const twoWaySchema = z.strictObject({
  /** T₊: temperature of the positives. Default 4. */
  positiveTemperature: z._default(z.number().check(z.gt(0)), 4),
  /** T₋: temperature of the negatives. Default 1. */
  negativeTemperature: z._default(z.number().check(z.gt(0)), 1),
});
export type TwoWayOptions = z.input<typeof twoWaySchema>;
type Settled = z.output<typeof twoWaySchema>;

/** Added to what is not in a set. As published, it is no −∞: a line without negatives has u of about max x − 100·T₋. */
const MASK = -100;

/** What is the same for rows and columns. */
interface Comparison {
  /** −x/T₊ + P */
  readonly positives: Tensor;
  /** x/T₋ + N */
  readonly negatives: Tensor;
  readonly isPositive: Tensor;
}

interface Line {
  /** Losses of the lines along an axis; 0 where a line does not count. */
  readonly losses: Tensor;
  /** [B, K], of the mean over the lines that count */
  readonly derivative: Tensor;
  readonly mean: Tensor;
}

function compare(x: Tensor, targets: Tensor, options: Settled): Comparison {
  const masked = (members: Tensor) => mul(MASK, sub(1, cast(members, 'float32')));
  const isPositive = greater(targets, 0);
  return {
    positives: add(div(neg(x), options.positiveTemperature), masked(isPositive)),
    negatives: add(div(x, options.negativeTemperature), masked(equal(targets, 0))),
    isPositive,
  };
}

/** @param axis 1: along the labels of each image; 0: along the images of each label */
function along(axis: 0 | 1, { positives, negatives, isPositive }: Comparison, options: Settled): Line {
  const { positiveTemperature, negativeTemperature } = options;
  const ofPositives = logSumExp(positives, axis);
  const ofNegatives = logSumExp(negatives, axis);
  const u = add(mul(positiveTemperature, ofPositives), mul(negativeTemperature, ofNegatives));
  const counts = cast(greater(sum(cast(isPositive, 'float32'), axis, true), 0), 'float32');
  const lines = maximum(sum(counts), 1);
  const losses = mul(counts, neg(logSigmoid(neg(u))));
  const weight = div(mul(counts, sigmoid(u)), lines);
  const softmax = (values: Tensor, total: Tensor) => exp(sub(values, total));
  return {
    losses,
    mean: div(sum(losses), lines),
    derivative: mul(weight, sub(softmax(negatives, ofNegatives), softmax(positives, ofPositives))),
  };
}

/** ln Σ exp, the dimension kept. */
function logSumExp(values: Tensor, axis: number): Tensor {
  const largest = max(values, axis, true);
  return add(largest, log(sum(exp(sub(values, largest)), axis, true)));
}

function evaluate(logits: Tensor2D, targets: Tensor2D, options: Settled, scale: number): Scalar {
  expectSameShape(logits, targets);
  return customGrad((raw, save) => {
    // What is unknown takes no part, whatever its output holds.
    const known = where(greaterEqual(targets, 0), raw as Tensor, zerosLike(raw as Tensor));
    const comparison = compare(mul(scale, known), targets, options);
    const [labels, images] = [along(0, comparison, options), along(1, comparison, options)];
    const derivative = mul(scale, add(labels.derivative, images.derivative));
    (save as (tensors: Tensor[]) => void)([
      where(greaterEqual(targets, 0), derivative, zerosLike(derivative)),
    ]);
    return {
      value: add(labels.mean, images.mean),
      gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, saved[0]),
    };
  })(logits) as Scalar;
}

/**
 * Two-way loss (docs/method.md#two-way): compares every positive with every negative, along labels and along images. A
 * batch without positives has loss 0.
 *
 * The value is a mean between 0 and about 10, not a sum over images and labels, so it needs other learning rates than
 * the other losses.
 *
 * @param logits [B, K]
 * @param targets [B, K]: above 0 present, 0 absent, negative in neither set
 * @param options see `twoWaySchema`; `scale` multiplies the logits, default 1
 * @returns a scalar, at least 0
 * @throws UsageError `usage/invalid`, `usage/unknown-key`, `usage/loss-scale`, `usage/loss-shapes`
 */
export function twoWay(
  logits: Tensor2D,
  targets: Tensor2D,
  { scale = 1, ...options }: TwoWayOptions & { scale?: number } = {},
): Scalar {
  return evaluate(logits, targets, checked('two-way', twoWaySchema, options), checkedScale('two-way', scale));
}

/**
 * The terms whose means `twoWay` adds; 0 for labels and images without a positive.
 *
 * @returns `perLabel` [K] and `perImage` [B]
 */
export function twoWayTerms(
  logits: Tensor2D,
  targets: Tensor2D,
  { scale = 1, ...options }: TwoWayOptions & { scale?: number } = {},
): { perLabel: Tensor; perImage: Tensor } {
  const settled = checked('two-way', twoWaySchema, options);
  return tidy(() => {
    const known = where(greaterEqual(targets, 0), logits, zerosLike(logits));
    const comparison = compare(mul(scale, known), targets, settled);
    return {
      perLabel: squeeze(along(0, comparison, settled).losses, [0]),
      perImage: squeeze(along(1, comparison, settled).losses, [1]),
    };
  });
}

/**
 * `two-way` as a `Loss` for training. In micro-batches and replicas, each part of a batch is compared within itself.
 */
export function twoWayLoss(options: TwoWayOptions = {}): BatchwiseLoss<'logits'> {
  const settled = checked('two-way', twoWaySchema, options);
  return {
    name: 'two-way',
    space: 'logits',
    kind: 'batchwise',
    parts: 'averaged',
    batchwise: (logits, targets, scale) => evaluate(logits, targets, settled, checkedScale('two-way', scale)),
  };
}

/** The loss `two-way` for config files. */
export const twoWayDefinition = defineLoss({ name: 'two-way', options: twoWaySchema, create: twoWayLoss });
export default twoWayDefinition;
