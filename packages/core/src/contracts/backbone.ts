import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { PixelNormalisation } from './preprocessing.js';

/**
 * How a convolution pads its input. `symmetric`: (k−1)/2 zeros on every side (PyTorch). `same`: TensorFlow's rule for
 * the input size n: total = max((ceil(n/stride) − 1)·stride + k − n, 0), with the smaller half first.
 */
export type PaddingRule = 'symmetric' | 'same';

/**
 * The layers between global pooling and classifier of a published network (docs/method.md#linear-head). The linear head
 * builds them, so that the published weights of the whole network can be loaded.
 */
export interface Penultimate {
  /** Width of the hidden layer, e.g. 1280 for MobileNetV3-Large. */
  readonly width: number;
  /** `true`: linear, batch norm, activation (the authors' own layout); `false`: linear, activation. */
  readonly batchNorm: boolean;
  /** Epsilon of this batch norm and of the backbone's. */
  readonly epsilon: number;
  /** Layer names, which are also the checkpoint keys. `batchNorm` is empty if there is none. */
  readonly names: {
    readonly linear: string;
    readonly batchNorm: string;
    readonly activation: string;
    readonly classifier: string;
  };
  /** Whether the weight of `linear` is stored as a 1x1 convolution [out, in, 1, 1]. The classifier's never is. */
  readonly linearIsConvolution: boolean;
}

/** Converts images to a feature map. Create one per model: the layers it makes belong to that model. */
export interface Backbone {
  /** E.g. `mobilenet-v3-large`. */
  readonly name: string;
  /** Channels C of the feature map. */
  readonly featureChannels: number;
  /** Input pixels per cell of the feature map, e.g. 32. */
  readonly stride: number;
  /** The pixel normalisation that the weights were trained with. */
  readonly normalisation: PixelNormalisation;
  readonly padding: PaddingRule;
  /**
   * Why the weights cannot be trained, as the end of a sentence; a head is then trained on cached features. Default:
   * they can be trained.
   */
  readonly frozen?: string;
  /**
   * The runtime that computes it, with its version, if it is not TensorFlow.js. Other versions may round differently.
   */
  readonly computedBy?: string;
  readonly penultimate?: Penultimate;
  /** Layer name of the published classifier, if there is no `penultimate`. Default `classifier`. */
  readonly classifier?: string;
  /** Builds the layers: [B, H, W, 3] -> [B, h, w, C]. Layer names are the checkpoint keys of the published weights. */
  apply(image: SymbolicTensor): SymbolicTensor;
  /** Like `apply`, but also returns the class token. Only for backbones that have one. */
  applyWithClassToken?(image: SymbolicTensor): FeaturesWithClassToken;
}

/** Outputs of a backbone with a class token. */
export interface FeaturesWithClassToken {
  /** [B, h, w, C] */
  readonly featureMap: SymbolicTensor;
  /** [B, C]: one vector for the whole image. */
  readonly classToken: SymbolicTensor;
}
