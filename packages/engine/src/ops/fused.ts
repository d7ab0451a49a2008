import {
  add,
  reshape,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { runFusedConvolution } from '../kernels/convolution.js';
import { runFusedDepthwise } from '../kernels/depthwise-convolution.js';
import { runFusedLinear } from '../kernels/linear.js';
import { kernelsAttached } from '../wasm/host.js';
import { refuseOtherTypes } from '../wasm/register.js';
import { activate } from './activate.js';
import { DEFAULT_LEAKY_SLOPE, type PointwiseActivation } from './activation.js';
import { checkConvolution, conv2d, type ConvolutionOptions } from './convolution.js';
import { checkDepthwise, depthwiseConv2d } from './depthwise-convolution.js';
import { expectShape } from './expect-shape.js';
import { checkLinear, linear } from './linear.js';

/**
 * A convolution or linear map with what follows it in inference: activation(f(x) + bias), in one pass on wasm. These
 * three are for inference: on wasm they have no gradient.
 */
export interface Epilogue {
  /** [out] */
  readonly bias: Tensor1D;
  /** Default `identity`. */
  readonly activation?: PointwiseActivation;
  /** Slope of leaky ReLU, default 0.01. */
  readonly slope?: number;
}

/** activation(`conv2d` + bias); shapes and errors as `conv2d`. */
export function fusedConv2d(x: Tensor4D, weight: Tensor4D, options: ConvolutionOptions & Epilogue): Tensor4D {
  checkConvolution('fusedConv2d', x, weight, options);
  const [kh, kw, channels, filters] = weight.shape;
  const { stride, padding } = options;
  const { top, bottom, left, right } = padding;
  if (kh === 1 && kw === 1 && stride === 1 && top + bottom + left + right === 0) {
    return tidy(() => fusedLinear(x, reshape(weight, [channels, filters]), options) as Tensor4D);
  }
  return ended(
    'fusedConv2d',
    filters,
    options,
    () => conv2d(x, weight, options),
    (end) => runFusedConvolution(floats({ x, weight, bias: options.bias }), { stride, ...padding, ...end }),
  ) as Tensor4D;
}

/** activation(`depthwiseConv2d` + bias); shapes and errors as `depthwiseConv2d`. */
export function fusedDepthwiseConv2d(
  x: Tensor4D,
  weight: Tensor4D,
  options: ConvolutionOptions & Epilogue,
): Tensor4D {
  checkDepthwise('fusedDepthwiseConv2d', x, weight, options);
  const { stride, padding } = options;
  return ended(
    'fusedDepthwiseConv2d',
    weight.shape[2],
    options,
    () => depthwiseConv2d(x, weight, options),
    (end) => runFusedDepthwise(floats({ x, weight, bias: options.bias }), { stride, ...padding, ...end }),
  ) as Tensor4D;
}

/** activation(x·W + b); shapes and errors as `linear`. */
export function fusedLinear(x: Tensor, weight: Tensor2D, options: Epilogue): Tensor {
  checkLinear('fusedLinear', x, weight, options.bias);
  return ended(
    'fusedLinear',
    weight.shape[1],
    options,
    () => linear(x, weight),
    (end) => runFusedLinear(floats({ x, weight, bias: options.bias }), end),
  );
}

type End = Readonly<{ activation: PointwiseActivation; slope: number }>;

/** Runs the kernel, or composes the same of the plain operation, an addition and the activation. */
function ended(
  operation: string,
  channels: number,
  { bias, activation = 'identity', slope = DEFAULT_LEAKY_SLOPE }: Epilogue,
  plain: () => Tensor,
  kernel: (end: End) => Tensor,
): Tensor {
  expectShape(operation, 'bias', bias, [channels]);
  if (kernelsAttached()) return kernel({ activation, slope });
  return tidy(() => {
    const z = add(plain(), bias);
    return activation === 'identity' ? z : activate(z, activation, { slope });
  });
}

function floats<Inputs extends Readonly<Record<string, Tensor>>>(inputs: Inputs): Inputs {
  for (const [name, tensor] of Object.entries(inputs)) refuseOtherTypes('fused convolution', name, tensor);
  return inputs;
}
