export { Activation, type ActivationOptions } from './activation/activation.js';
export { PRelu } from './activation/prelu.js';
export { SymmetricAdjust, type SymmetricAdjustOptions } from './activation/symmetric-adjust.js';
export { SqueezeExcite, type SqueezeExciteKeys, type SqueezeExciteOptions } from './blocks/squeeze-excite.js';
export { AddResidual } from './blocks/add-residual.js';
export { Convolution2D, type Convolution2DOptions } from './convolution/convolution-2d.js';
export {
  DepthwiseConvolution2D,
  type DepthwiseConvolution2DOptions,
} from './convolution/depthwise-convolution-2d.js';
export { SpaceToDepth, type SpaceToDepthOptions } from './blocks/space-to-depth.js';
export { biasOf, foldedMap, isLinearMap, type FoldedMap, type LinearMap } from './inference/fused-layer.js';
export { InferenceNetwork } from './inference/inference-network.js';
export { inferencePlan, type InferenceStep } from './inference/inference-plan.js';
export { AngularLinear, type AngularLinearOptions } from './linear/angular-linear.js';
export {
  computedOnnxValues,
  onnxActivation,
  onnxNormalise,
  onnxValues,
  onnxWeight,
  type FoldedWeights,
} from './onnx/onnx-nodes.js';
export { Linear, type LinearOptions } from './linear/linear.js';
export { applyAgain } from './network/apply-again.js';
export { releaseBeside, topologicalOrder, type NetworkNode, type Subgraph } from './network/graph.js';
export { firstNotFinite, forward } from './network/forward.js';
export { NetworkPart, type Network } from './network/network-part.js';
export { markOwnLayers, ownLayerTitle } from './network/own-layers.js';
export { pipe } from './network/pipe.js';
export { Abn } from './normalisation/abn.js';
export { BatchNorm, type BatchNormOptions } from './normalisation/batch-norm.js';
export { LayerNorm, type LayerNormOptions } from './normalisation/layer-norm.js';
export { alongAxes } from './parameters/along-axes.js';
export { assignParameters, exportParameters, type AssignReport } from './parameters/assign-parameters.js';
export {
  checkpointShape,
  fromCheckpointOrder,
  toCheckpointOrder,
  type CheckpointTensor,
} from './parameters/checkpoint-order.js';
export {
  constant,
  kaimingNormal,
  linearUniform,
  normal,
  ones,
  uniform,
  unitColumns,
  xavierUniform,
  zeros,
} from './parameters/initialisers.js';
export { trainingWishes, type TrainingWish } from './parameters/training-wishes.js';
export { parametersOf, variableOf } from './parameters/parameters-of.js';
export {
  ParametricLayer,
  type CallArguments,
  type Initialiser,
  type Parameter,
  type ParameterAlias,
  type ParameterOptions,
  type ParametricLayerOptions,
  type WeightLayout,
} from './parameters/parametric-layer.js';
export { withEmptyWeights } from './parameters/empty-weights.js';
export { withWeightLimit } from './parameters/weight-limit.js';
export { AveragePool, BlurPool } from './pooling/halving-pools.js';
export { GlobalPool, type GlobalPoolOptions, type Pooling } from './pooling/global-pool.js';
export { summariseNetwork, type NetworkSummary, type SummaryRow } from './network/network-summary.js';
export { Dropout, dropoutSeed, type DropoutOptions } from './regularisation/dropout.js';
export { ClassTokenRow, MapBelowRow, TokenOfRow } from './tokens/class-token-row.js';
export { FirstToken } from './tokens/first-token.js';
export { LayerScale, type LayerScaleOptions } from './tokens/layer-scale.js';
export { PatchEmbedding, type PatchEmbeddingOptions } from './tokens/patch-embedding.js';
export { PatchMap } from './tokens/patch-map.js';
export { MeanOfAll } from './views/mean-of-all.js';
export { Mirrored } from './views/mirrored.js';
export { ResampledMap, type ResampledMapOptions } from './views/resampled-map.js';
export { ResizedImage, type ResizedImageOptions } from './views/resized-image.js';
export { SelfAttention, type SelfAttentionOptions } from './tokens/self-attention.js';
