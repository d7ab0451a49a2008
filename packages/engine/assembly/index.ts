export { attentionForward, attentionGradient, attentionWorkBytes } from './attention';
export { convForward, convInputGradient, convWeightGradient, convWorkBytes } from './convolution';
export {
  depthwiseForward,
  depthwiseInputGradient,
  depthwiseWorkBytes,
  narrow,
  widen,
} from './depthwise-convolution';
export { depthwiseWeightGradient } from './depthwise-convolution-weight';
export { gemm, gemmFused, gemmWorkBytes } from './gemm';
export { columnSums, fillRows } from './linear';
export { matMul } from './mat-mul';
export { winogradForward, winogradWorkBytes } from './winograd';
export { winogradWeightGradient, winogradWeightWorkBytes } from './winograd-weight-gradient';
export { activate, activateGradient } from './activation';
export { adam } from './adam';
export { addResidual } from './add-residual';
export { ascent } from './ascent';
export { ema } from './ema';
export { runningAverage } from './running-average';
export { scaleValues } from './scale-values';
export { averagePool, averagePoolGradient } from './average-pool';
export { batchNorm, batchNormGradient } from './batch-norm';
export { blurPool, blurPoolGradient } from './blur-pool';
export { channelScale, channelScaleGradient } from './channel-scale';
export { dropout } from './dropout';
export {
  globalAveragePool,
  globalAveragePoolGradient,
  globalMaxPool,
  globalMaxPoolGradient,
} from './global-pool';
export { graphAttention, graphAttentionGradient } from './graph-attention';
export {
  normaliseColumns,
  normaliseColumnsGradient,
  normaliseRows,
  normaliseRowsGradient,
} from './l2-normalise';
export { layerNorm, layerNormGradient } from './layer-norm';
export { angularMarginLoss, asymmetricLoss } from './loss-elements';
export { prelu, preluGradient } from './prelu';
export { scaleShift, scaleShiftGradient } from './scale-shift';
export { sgd } from './sgd';
export { softmax, softmaxGradient } from './softmax';
export { squaredNorm } from './squared-norm';
