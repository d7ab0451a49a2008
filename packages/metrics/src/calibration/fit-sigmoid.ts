// Looked up once: in a sandbox, as Jest's, each look-up of a global is slow.
const { abs, exp, log1p, max } = Math;

/** Forecasts: logits beside whether what they foretell is true. */
export interface Forecasts {
  readonly logits: Float64Array;
  /** 1 or 0. */
  readonly truth: Uint8Array;
  /** How many of the truth are 1. */
  readonly positives: number;
}

export interface Sigmoid {
  readonly slope: number;
  readonly offset: number;
}

const MOST_STEPS = 100;
/** A step that changes both numbers by less than this is the last. */
const SMALL_STEP = 1e-10;

/**
 * The slope (and offset) whose sigmoid(slope · logit + offset) has the least cross-entropy: Newton's method, each step
 * halved until it falls enough (Lin, Lin and Weng, "A Note on Platt's Probabilistic Outputs for Support Vector Machines",
 * 2007). The cross-entropy is convex, so there is one optimum. Targets are Platt's ("Probabilistic Outputs for Support Vector
 * Machines", 1999): (n₊ + 1)/(n₊ + 2) of a positive and 1/(n₋ + 2) of a negative, in place of 1 and 0, so that it is finite
 * where positives and negatives do not overlap.
 *
 * @param withOffset false: the offset is 0
 */
export function fitSigmoid(forecasts: Forecasts, withOffset: boolean): Sigmoid {
  const { logits, positives } = forecasts;
  const negatives = logits.length - positives;
  const targets: Targets = [1 / (negatives + 2), (positives + 1) / (positives + 2)];
  let at: Sigmoid = { slope: 1, offset: 0 };
  let loss = lossOf(forecasts, targets, at);
  for (let step = 0; step < MOST_STEPS; step++) {
    const move = newtonStep(forecasts, targets, at, withOffset);
    let share = 1;
    let next = at;
    let nextLoss = loss;
    for (; share > 1e-10; share /= 2) {
      next = { slope: at.slope + share * move.slope, offset: at.offset + share * move.offset };
      nextLoss = lossOf(forecasts, targets, next);
      if (nextLoss < loss + 1e-4 * share * move.decrease) break;
    }
    // At the optimum no step is better any more, by rounding.
    if (!(nextLoss < loss)) return at;
    [at, loss] = [next, nextLoss];
    if (max(abs(share * move.slope), abs(share * move.offset)) < SMALL_STEP) return at;
  }
  return at;
}

/** Of a negative, and of a positive. */
type Targets = readonly [negative: number, positive: number];

function lossOf({ logits, truth }: Forecasts, targets: Targets, { slope, offset }: Sigmoid): number {
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const z = slope * logits[i] + offset;
    // softplus(z) − target · z, without overflow.
    sum += max(z, 0) + log1p(exp(-abs(z))) - targets[truth[i]] * z;
  }
  return sum;
}

/** Newton's step, and how fast the loss falls along it. */
function newtonStep(
  { logits, truth }: Forecasts,
  targets: Targets,
  { slope, offset }: Sigmoid,
  withOffset: boolean,
): Sigmoid & { readonly decrease: number } {
  // A little on the diagonal, so that the matrix can be inverted where all logits are equal.
  let [slopes, both, offsets] = [1e-12, 0, 1e-12];
  let [bySlope, byOffset] = [0, 0];
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i];
    const p = 1 / (1 + exp(-(slope * logit + offset)));
    const curvature = p * (1 - p);
    const error = p - targets[truth[i]];
    slopes += curvature * logit * logit;
    both += curvature * logit;
    offsets += curvature;
    bySlope += error * logit;
    byOffset += error;
  }
  if (!withOffset) {
    const move = -bySlope / slopes;
    return { slope: move, offset: 0, decrease: bySlope * move };
  }
  const determinant = slopes * offsets - both * both;
  const moved = {
    slope: -(offsets * bySlope - both * byOffset) / determinant,
    offset: -(slopes * byOffset - both * bySlope) / determinant,
  };
  return { ...moved, decrease: bySlope * moved.slope + byOffset * moved.offset };
}
