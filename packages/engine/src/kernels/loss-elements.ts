import type { angularMarginLossKernel, asymmetricLossKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import type { KernelOf } from './kernel.js';
import { sizeOf } from './shapes.js';

export const asymmetricLoss: KernelOf<typeof asymmetricLossKernel> = {
  kernel({ outputs, targets }, attributes) {
    const { scale, labelSmoothing, gammaNeg, gammaPos, probabilityMargin, epsilon, focusGradient } =
      attributes;
    const [values, slopes] = [output(outputs.shape), output(outputs.shape)];
    kernels().asymmetricLoss({
      outputs,
      targets,
      values,
      slopes,
      n: sizeOf(outputs.shape),
      scale,
      smoothing: labelSmoothing,
      gammaNeg,
      gammaPos,
      margin: probabilityMargin,
      limit: -Math.log(epsilon),
      through: focusGradient,
    });
    return [values, slopes];
  },
};

export const angularMarginLoss: KernelOf<typeof angularMarginLossKernel> = {
  kernel({ outputs, targets }, attributes) {
    const { scale, labelSmoothing, gammaNeg, gammaPos, margin, k, probabilityMargin } = attributes;
    const [values, slopes] = [output(outputs.shape), output(outputs.shape)];
    kernels().angularMarginLoss({
      outputs,
      targets,
      values,
      slopes,
      n: sizeOf(outputs.shape),
      scale,
      smoothing: labelSmoothing,
      gammaNeg,
      gammaPos,
      margin,
      k,
      shift: probabilityMargin,
    });
    return [values, slopes];
  },
};
