import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, conv2dKernel, fusedConv2dKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { activationCode } from './activation.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import {
  NO_EPILOGUE,
  sizesOf,
  windowGradient,
  type Epilogue,
  type Window,
  type WindowSizes,
} from './window.js';
import { ofInputGradient, winogradPays } from './winograd.js';

/** How a convolution, or a gradient of one, is computed. */
interface Plan {
  /** By Winograd's kernels, or as a product over laid-out receptive fields. */
  readonly winograd: boolean;
  readonly sizes: WindowSizes;
  readonly workBytes: number;
}

/** Winograd's kernels compute windows of 3x3 with stride 1, where they pay. */
function plan(window: Window, result: 'value' | 'input gradient' | 'weight gradient'): Plan {
  const sizes = sizesOf(window);
  const { N, C, KH, KW, S, OH, OW } = sizes;
  const tiled = result === 'input gradient' ? ofInputGradient(sizes) : sizes;
  if (KH === 3 && KW === 3 && S === 1 && winogradPays(tiled)) {
    const { winogradWorkBytes, winogradWeightWorkBytes } = kernels();
    const workBytes = (result === 'weight gradient' ? winogradWeightWorkBytes : winogradWorkBytes)(tiled);
    return { winograd: true, sizes: tiled, workBytes };
  }
  const workBytes = kernels().convWorkBytes({ rowLength: KH * KW * C, pixels: N * OH * OW });
  return { winograd: false, sizes, workBytes };
}

const inputGradient = gradientKernel(
  'PolytagConv2DInputGradient',
  ({ dy, weight }: Inputs<'dy' | 'weight'>, window: Window) => {
    const { winograd, sizes, workBytes } = plan(window, 'input gradient');
    const dx = output(window.xShape);
    const work = scratch(workBytes);
    if (winograd)
      kernels().winogradForward({ x: dy, w: weight, y: dx, ...sizes, flip: true, ...NO_EPILOGUE, work });
    else kernels().convInputGradient({ dy, w: weight, dx, ...sizes, work });
    return dx;
  },
);

/** Gradient of a convolution's weight. */
export function convolutionWeightGradient(x: TensorInfo, dy: TensorInfo, window: Window): TensorInfo {
  const { winograd, sizes, workBytes } = plan(window, 'weight gradient');
  const dw = output(window.wShape);
  const { convWeightGradient, winogradWeightGradient } = kernels();
  const compute = winograd ? winogradWeightGradient : convWeightGradient;
  compute({ x, dy, dw, ...sizes, work: scratch(workBytes) });
  return dw;
}

const weightGradient = gradientKernel(
  'PolytagConv2DWeightGradient',
  ({ x, dy }: Inputs<'x' | 'dy'>, window: Window) => convolutionWeightGradient(x, dy, window),
);

function convolve(
  x: TensorInfo,
  weight: TensorInfo,
  attributes: ConvolutionAttributes,
  epilogue: Epilogue = NO_EPILOGUE,
): TensorInfo {
  const window = { ...attributes, xShape: x.shape, wShape: weight.shape };
  const { winograd, sizes, workBytes } = plan(window, 'value');
  const y = output([sizes.N, sizes.OH, sizes.OW, sizes.Co]);
  const given = { x, w: weight, y, ...sizes, ...epilogue, work: scratch(workBytes) };
  if (winograd) kernels().winogradForward({ ...given, flip: false });
  else kernels().convForward(given);
  return y;
}

/** Dense convolution with any padding and stride. */
export const convolution: KernelOf<typeof conv2dKernel> = {
  kernel: ({ x, weight }, attributes) => convolve(x, weight, attributes),
  gradient: windowGradient(inputGradient, weightGradient),
};

/** With bias and activation. */
export const fusedConvolution: KernelOf<typeof fusedConv2dKernel> = {
  kernel: ({ x, weight, bias }, attributes) =>
    convolve(x, weight, attributes, { bias, ...activationCode(attributes) }),
};
