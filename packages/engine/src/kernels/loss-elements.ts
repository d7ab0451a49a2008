import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { LossElementsOptions } from '@polytag/ops';
import type { angularMarginLossKernel, asymmetricLossKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import type { KernelOf } from './kernel.js';
import { sizeOf } from './shapes.js';

export const asymmetricLoss: KernelOf<typeof asymmetricLossKernel> = {
  kernel(inputs, attributes) {
    const { probabilityMargin, epsilon, focusGradient } = attributes;
    const { shape } = inputs.outputs;
    const [values, slopes] = [output(shape), output(shape)];
    kernels().asymmetricLoss({
      ...inCommon(inputs, attributes),
      values,
      slopes,
      margin: probabilityMargin,
      limit: -Math.log(epsilon),
      through: focusGradient,
    });
    return [values, slopes];
  },
};

export const angularMarginLoss: KernelOf<typeof angularMarginLossKernel> = {
  kernel(inputs, attributes) {
    const { margin, k, probabilityMargin } = attributes;
    const { shape } = inputs.outputs;
    const [values, slopes] = [output(shape), output(shape)];
    kernels().angularMarginLoss({
      ...inCommon(inputs, attributes),
      values,
      slopes,
      margin,
      k,
      shift: probabilityMargin,
    });
    return [values, slopes];
  },
};

/** What both kernels take. */
function inCommon(
  {
    outputs,
    targets,
    weights,
  }: { outputs: TensorInfo; targets: TensorInfo; weights: TensorInfo | undefined },
  { scale, labelSmoothing, gammaNeg, gammaPos }: LossElementsOptions,
) {
  const n = sizeOf(outputs.shape);
  return { outputs, targets, weights: weights ?? 0, n, scale, smoothing: labelSmoothing, gammaNeg, gammaPos };
}
