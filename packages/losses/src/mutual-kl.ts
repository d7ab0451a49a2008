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
import { logSigmoid } from './elementwise-loss.js';

// Mutual learning (Zhang et al., "Deep Mutual Learning", 2018); docs/method.md#mutual-learning. With x = σ(scale·output)
// of the model that learns and y of another, a constant:
//
//   KL = mean over batch and labels of y·(ln y − ln(x + ε)) + (1 − y)·(ln(1 − y) − ln(1 − x + ε))
//
// First the equation in stock operations, then its derivative by hand.

/** Raw outputs of a model, and the scale that converts them to logits. */
export interface ScaledOutputs {
  /** [B, K] */
  readonly outputs: Tensor2D;
  readonly scale: number;
}

/** The equation, of logits of x and of y. */
export function klValue(logitX: Tensor, logitY: Tensor, epsilon: number): Scalar {
  const present = sub(logSigmoid(logitY), logPlus(logSigmoid(logitX), epsilon));
  const absent = sub(logSigmoid(neg(logitY)), logPlus(logSigmoid(neg(logitX)), epsilon));
  // 1 − y is σ(−logit), which keeps its digits for large logits.
  return mean(add(mul(sigmoid(logitY), present), mul(sigmoid(neg(logitY)), absent)));
}

/** ln(p + ε) from ln p, without leaving the logarithm. */
function logPlus(logP: Tensor, epsilon: number): Tensor {
  const limit = Math.log(epsilon);
  return add(maximum(logP, limit), log1p(exp(neg(abs(sub(logP, limit))))));
}

/** d KL / d logit of x, times the number of elements, by hand. */
function klDerivative(logitX: Tensor, logitY: Tensor, epsilon: number): Tensor {
  const [x, notX] = [sigmoid(logitX), sigmoid(neg(logitX))];
  const [y, notY] = [sigmoid(logitY), sigmoid(neg(logitY))];
  return mul(mul(x, notX), sub(div(notY, add(notX, epsilon)), div(y, add(x, epsilon))));
}

/**
 * KL divergence between the probabilities of two models (docs/method.md#mutual-learning). The other model is a constant and gets no
 * gradient. There is no second derivative.
 *
 * @param own the model that is trained
 * @param other the model that it learns from; same shape
 * @param epsilon default 1e-8
 */
export function mutualKl(own: ScaledOutputs, other: ScaledOutputs, epsilon = 1e-8): Scalar {
  return customGrad((outputs, save) => {
    const logitX = mul(own.scale, outputs as Tensor);
    const logitY = mul(other.scale, other.outputs);
    const derivative = mul(own.scale / logitX.size, klDerivative(logitX, logitY, epsilon));
    (save as (tensors: Tensor[]) => void)([derivative]);
    return {
      value: klValue(logitX, logitY, epsilon),
      gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, saved[0]),
    };
  })(own.outputs) as Scalar;
}

/**
 * Mutual learning term that is added to a model's own loss: the mean of `mutualKl` over the other models. It is a mean
 * over elements, while the main loss is a sum.
 *
 * @param others at least one
 */
export function mutualLearningTerm(
  own: ScaledOutputs,
  others: readonly ScaledOutputs[],
  epsilon = 1e-8,
): Scalar {
  return tidy(() => div(addN(others.map((other) => mutualKl(own, other, epsilon))), others.length) as Scalar);
}
