import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { sizeOf } from './rows.js';

/** Attributes are `AsymmetricLossElementsOptions`; outputs the value and the derivative of each element. */
export const asymmetricLossKernel = registerTrainingKernel({
  name: 'PolytagAsymmetricLoss',
  kernel({ outputs, targets }, attributes) {
    const { scale, labelSmoothing, gammaNeg, gammaPos, probabilityMargin, epsilon } = attributes as Record<
      string,
      number
    >;
    const [value, derivative] = [output(outputs.shape), output(outputs.shape)];
    kernels().asymmetricLoss(
      ...[outputs, targets, value, derivative].map(address),
      sizeOf(outputs.shape),
      ...[scale, labelSmoothing, gammaNeg, gammaPos, probabilityMargin, -Math.log(epsilon)],
      attributes.focusGradient ? 1 : 0,
    );
    return [value, derivative];
  },
});

/** Attributes are `AngularMarginLossElementsOptions`; outputs the value and the derivative of each element. */
export const angularMarginLossKernel = registerTrainingKernel({
  name: 'PolytagAngularMarginLoss',
  kernel({ outputs, targets }, attributes) {
    const { scale, labelSmoothing, gammaNeg, gammaPos, margin, k, probabilityMargin } = attributes as Record<
      string,
      number
    >;
    const [value, derivative] = [output(outputs.shape), output(outputs.shape)];
    kernels().angularMarginLoss(
      ...[outputs, targets, value, derivative].map(address),
      sizeOf(outputs.shape),
      ...[scale, labelSmoothing, gammaNeg, gammaPos, margin, k, probabilityMargin],
    );
    return [value, derivative];
  },
});
