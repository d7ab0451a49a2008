import {
  abs,
  add,
  addN,
  customGrad,
  div,
  exp,
  log1p,
  maximum,
  mean,
  mul,
  neg,
  sigmoid,
  sub,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { softplus } from '../elementwise/softplus.js';

/** Raw outputs of a model and the scale that turns them into logits. */
export interface ScaledOutputs {
  /** [B, K] */
  readonly outputs: Tensor2D;
  readonly scale: number;
}

/** ln(σ + ε) from ln σ, without leaving the logarithm. */
function logPlusEpsilon(logProbability: Tensor, epsilon: number): Tensor {
  const limit = Math.log(epsilon);
  return add(maximum(logProbability, limit), log1p(exp(neg(abs(sub(logProbability, limit))))));
}

/**
 * How far a model's probabilities x = σ(scale·z) are from a peer's y: the mean over batch and labels of
 * y·(ln y − ln(x + ε)) + (1 − y)·(ln(1 − y) − ln(1 − x + ε)). The peer is a constant: it receives no gradient.
 * A second derivative is not available.
 *
 * @param own the model that learns
 * @param peer the model it learns from; same shape
 * @param epsilon default 1e-8
 */
export function mutualKl(own: ScaledOutputs, peer: ScaledOutputs, epsilon = 1e-8): Scalar {
  return customGrad((outputs, save) => {
    const z = mul(own.scale, outputs as Tensor);
    const u = mul(peer.scale, peer.outputs);
    const [x, notX, y, notY] = [sigmoid(z), sigmoid(neg(z)), sigmoid(u), sigmoid(neg(u))];
    const present = sub(neg(softplus(neg(u))), logPlusEpsilon(neg(softplus(neg(z))), epsilon));
    const absent = sub(neg(softplus(u)), logPlusEpsilon(neg(softplus(z)), epsilon));
    const pull = sub(div(notY, add(notX, epsilon)), div(y, add(x, epsilon)));
    (save as (tensors: Tensor[]) => void)([mul(own.scale / z.size, mul(mul(x, notX), pull))]);
    return {
      value: mean(add(mul(y, present), mul(notY, absent))),
      gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, saved[0]),
    };
  })(own.outputs) as Scalar;
}

/**
 * What mutual learning (Zhang et al., "Deep Mutual Learning", 2018) adds to a model's own loss: the mean of
 * `mutualKl` over the other models. Note that it is a mean over elements while the main loss is a sum.
 *
 * @param peers at least one
 */
export function mutualLearningTerm(
  own: ScaledOutputs,
  peers: readonly ScaledOutputs[],
  epsilon = 1e-8,
): Scalar {
  return tidy(() => div(addN(peers.map((peer) => mutualKl(own, peer, epsilon))), peers.length) as Scalar);
}
