export { activate, DEFAULT_LEAKY_SLOPE, type Activation, type PointwiseActivation } from './activation.js';
export { addResidual } from './add-residual.js';
export { attention, type AttentionOptions } from './attention.js';
export { averagePool } from './average-pool.js';
export { batchNormTrain, type BatchNormTrainOptions, type BatchNormTrainResult } from './batch-norm.js';
export { blurPool } from './blur-pool.js';
export { channelScale } from './channel-scale.js';
export { conv2d, fusedConv2d, type ConvolutionOptions } from './convolution.js';
export { depthwiseConv2d, fusedDepthwiseConv2d } from './depthwise-convolution.js';
export { dropout, maskSeedFrom, maskUniform } from './dropout.js';
export type { Epilogue } from './epilogue.js';
export { expectShape } from './expect-shape.js';
export { globalAveragePool, globalMaxPool } from './global-pool.js';
export { gradientOwner, withGradientOwner, type GradientOwner } from './gradient-owner.js';
export { graphAttentionCoefficients } from './graph-attention.js';
export { groupLinear } from './group-linear.js';
export { l2Normalise } from './l2-normalise.js';
export { layerNorm } from './layer-norm.js';
export { fusedLinear, linear } from './linear.js';
export {
  angularMarginLossElements,
  asymmetricLossElements,
  type AngularMarginLossElementsOptions,
  type AsymmetricLossElementsOptions,
  type LossElements,
  type LossElementsOptions,
} from './loss-elements.js';
export { matMul, type MatMulOptions } from './mat-mul.js';
export { NO_PADDING, outputSize, resolvePadding, type Padding2D } from './padding.js';
export { prelu } from './prelu.js';
export { runningAverage, type RunningAverageOptions } from './running-average.js';
export { scaleShift } from './scale-shift.js';
export { selfAttention } from './self-attention.js';
export { softmax } from './softmax.js';
export { countWrite, valueIdentity } from './value-identity.js';
