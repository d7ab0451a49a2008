import { transpose, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { OnnxAttribute, OnnxGraph, PaddingRule } from '@polytag/core';
import { DEFAULT_LEAKY_SLOPE, type PointwiseActivation } from '@polytag/ops';

// What several layers write into an ONNX graph.

interface OnnxTensor {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Values of a weight, its axes in another order where one is given. */
export function onnxValues(weight: Tensor, order?: number[]): OnnxTensor {
  if (order) return computedOnnxValues(() => transpose(weight, order));
  return { values: Float32Array.from(weight.dataSync()), shape: weight.shape };
}

/** Values of a new tensor. */
export function computedOnnxValues(compute: () => Tensor): OnnxTensor {
  // The values stay outside of the tidy, which would look for tensors in every one of them.
  const result = tidy(compute);
  try {
    return onnxValues(result);
  } finally {
    result.dispose();
  }
}

/** Adds a weight as it is. */
export function onnxWeight(graph: OnnxGraph, weight: Tensor, channels?: number): string {
  const { values, shape } = onnxValues(weight);
  return graph.weight(values, shape, channels);
}

/** One value a channel, [C], for a feature map: [C, 1, 1]. */
export function onnxChannels(graph: OnnxGraph, values: Tensor): string {
  return graph.weight(Float32Array.from(values.dataSync()), [values.size, 1, 1]);
}

export function onnxActivation(
  graph: OnnxGraph,
  x: string,
  activation: PointwiseActivation,
  slope = DEFAULT_LEAKY_SLOPE,
): string {
  switch (activation) {
    case 'identity':
      return x;
    case 'relu':
      return graph.node('Relu', [x]);
    case 'leaky-relu':
      return graph.node('LeakyRelu', [x], { alpha: slope });
    case 'hard-swish':
      return graph.node('HardSwish', [x]);
    case 'silu':
      return graph.node('Mul', [x, graph.node('Sigmoid', [x])]);
    case 'gelu': {
      const scaled = graph.node('Mul', [x, graph.constant([Math.SQRT1_2])]);
      const share = graph.node('Add', [graph.node('Erf', [scaled]), graph.constant([1])]);
      return graph.node('Mul', [graph.node('Mul', [x, graph.constant([0.5])]), share]);
    }
    case 'sigmoid':
      return graph.node('Sigmoid', [x]);
    case 'hard-sigmoid':
      return graph.node('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 });
  }
}

/** x / max(‖x‖₂, 1e-12) along the last axis, as `l2Normalise`. */
export function onnxNormalise(graph: OnnxGraph, x: string): string {
  const norm = graph.node('ReduceL2', [x], { axes: [-1], keepdims: 1n });
  return graph.node('Div', [x, graph.node('Max', [norm, graph.constant([1e-12])])]);
}

/** Weight and bias of a linear map with what follows it in inference. */
export interface FoldedWeights {
  readonly weight?: Tensor;
  readonly bias?: Tensor;
}

/** Attributes of a convolution with a square kernel. `same` padding depends on the size, which only the runtime knows. */
export function onnxWindow(window: {
  readonly kernelSize: number;
  readonly stride: number;
  readonly padding: PaddingRule;
}): Record<string, OnnxAttribute> {
  const { kernelSize, stride, padding } = window;
  const each = Math.floor((kernelSize - 1) / 2);
  return {
    kernel_shape: [kernelSize, kernelSize],
    strides: [stride, stride],
    ...(padding === 'same' ? { auto_pad: 'SAME_UPPER' } : { pads: [each, each, each, each] }),
  };
}
