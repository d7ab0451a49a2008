import * as operations from '@polytag/ops/kernels';
import { activate, rectify } from './activation.js';
import { addResidual } from './add-residual.js';
import { attention } from './attention.js';
import { averagePool } from './average-pool.js';
import { batchNorm } from './batch-norm.js';
import { blurPool } from './blur-pool.js';
import { channelScale } from './channel-scale.js';
import { convolution, fusedConvolution } from './convolution.js';
import { depthwiseConvolution, fusedDepthwiseConvolution } from './depthwise-convolution.js';
import { dropout } from './dropout.js';
import { globalAveragePool, globalMaxPool } from './global-pool.js';
import { graphAttention } from './graph-attention.js';
import { groupLinear } from './group-linear.js';
import { register, registerGradientKernels, type KernelOf } from './kernel.js';
import { l2Normalise } from './l2-normalise.js';
import { layerNorm } from './layer-norm.js';
import { fusedLinear, linear } from './linear.js';
import { angularMarginLoss, asymmetricLoss } from './loss-elements.js';
import { matMul } from './mat-mul.js';
import { prelu } from './prelu.js';
import { runningAverage } from './running-average.js';
import { scaleShift } from './scale-shift.js';
import { selfAttention } from './self-attention.js';
import { softmax } from './softmax.js';

/** The kernel of every operation; one that is left out does not compile. */
const KERNELS: { readonly [Name in keyof typeof operations]: KernelOf<(typeof operations)[Name]> } = {
  activateKernel: activate,
  addResidualKernel: addResidual,
  angularMarginLossKernel: angularMarginLoss,
  asymmetricLossKernel: asymmetricLoss,
  attentionKernel: attention,
  averagePoolKernel: averagePool,
  batchNormKernel: batchNorm,
  blurPoolKernel: blurPool,
  channelScaleKernel: channelScale,
  conv2dKernel: convolution,
  depthwiseConv2dKernel: depthwiseConvolution,
  dropoutKernel: dropout,
  fusedConv2dKernel: fusedConvolution,
  fusedDepthwiseConv2dKernel: fusedDepthwiseConvolution,
  fusedLinearKernel: fusedLinear,
  globalAveragePoolKernel: globalAveragePool,
  globalMaxPoolKernel: globalMaxPool,
  graphAttentionKernel: graphAttention,
  groupLinearKernel: groupLinear,
  l2NormaliseKernel: l2Normalise,
  layerNormKernel: layerNorm,
  linearKernel: linear,
  matMulKernel: matMul,
  preluKernel: prelu,
  rectifyKernel: rectify,
  runningAverageKernel: runningAverage,
  scaleShiftKernel: scaleShift,
  selfAttentionKernel: selfAttention,
  softmaxKernel: softmax,
};

let registered = false;

/** Makes the operations of `@polytag/ops` run by these kernels on tfjs's wasm backend. */
export function registerKernels(): void {
  if (registered) return;
  for (const [name, kernel] of Object.entries(KERNELS)) {
    register(operations[name as keyof typeof operations].name, kernel as never);
  }
  registerGradientKernels();
  registered = true;
}
