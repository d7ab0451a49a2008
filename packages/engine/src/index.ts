export {
  engineMemory,
  engineName,
  kernelBuild,
  useEngine,
  type EngineName,
  type EngineOptions,
} from './engine/use-engine.js';
export { variableGradients } from './gradients/variable-gradients.js';
export { relaxedSimdRuns, type KernelBuild } from './wasm/load-kernels.js';
export { NO_PADDING, outputSize, resolvePadding, type Padding2D } from './padding/resolve-padding.js';
export { attention, type AttentionOptions } from './ops/attention.js';
export { conv2d, type ConvolutionOptions } from './ops/convolution.js';
export { depthwiseConv2d } from './ops/depthwise-convolution.js';
export { graphAttentionCoefficients } from './ops/graph-attention.js';
export { groupLinear } from './ops/group-linear.js';
export { linear } from './ops/linear.js';
export { matMul, type MatMulOptions } from './ops/mat-mul.js';
export { activate } from './ops/activate.js';
export type { Activation, PointwiseActivation } from './ops/activation.js';
export { addResidual } from './ops/add-residual.js';
export { averagePool } from './ops/average-pool.js';
export {
  batchNormTrain,
  type BatchNormTrainOptions,
  type BatchNormTrainResult,
} from './ops/batch-norm-train.js';
export { blurPool } from './ops/blur-pool.js';
export { channelScale } from './ops/channel-scale.js';
export { dropout } from './ops/dropout.js';
export { maskSeedFrom } from './ops/dropout-mask.js';
export { fusedConv2d, fusedDepthwiseConv2d, fusedLinear, type Epilogue } from './ops/fused.js';
export { globalAveragePool } from './ops/global-average-pool.js';
export { globalMaxPool } from './ops/global-max-pool.js';
export { l2Normalise } from './ops/l2-normalise.js';
export { layerNorm } from './ops/layer-norm.js';
export {
  angularMarginLossElements,
  asymmetricLossElements,
  type AngularMarginLossElementsOptions,
  type AsymmetricLossElementsOptions,
  type LossElements,
  type LossElementsOptions,
} from './ops/loss-elements.js';
export { prelu } from './ops/prelu.js';
export { scaleShift } from './ops/scale-shift.js';
export { softmax } from './ops/softmax.js';
export { adamUpdate, type AdamOptions, type AdamParameter } from './updates/adam-update.js';
export { ascend, exchangeValues, type Ascending } from './updates/ascent.js';
export { averageUpdate, type Averaged } from './updates/average-update.js';
export { valueIdentity } from './updates/in-place.js';
export { scaleValues } from './updates/scale-values.js';
export { sgdUpdate, type SgdOptions, type SgdParameter } from './updates/sgd-update.js';
export { squaredNorm } from './updates/squared-norm.js';
export { addValues, readValues, writeValues } from './updates/values.js';
export { peakHeapBytes } from './wasm/peak-heap.js';
