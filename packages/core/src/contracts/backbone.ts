import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { PixelNormalisation } from './preprocessing.js';

/**
 * `symmetric`: (k−1)/2 zeros on every side (PyTorch). `same`: TensorFlow's rule, from the input size n:
 * total = max((ceil(n/stride) − 1)·stride + k − n, 0), the smaller half first.
 */
export type PaddingRule = 'symmetric' | 'same';

/**
 * The layers a published network puts between global pooling and its classifier (docs/method.md#linear-head).
 * The linear head builds them, so that published weights of the whole network fit.
 */
export interface Penultimate {
  /** Width of the hidden layer, e.g. 1280 for MobileNetV3-Large. */
  readonly width: number;
  /** `true`: linear, batch norm, activation (the authors' own layout); `false`: linear, activation. */
  readonly batchNorm: boolean;
  /** Epsilon of that batch norm, and of the backbone's. */
  readonly epsilon: number;
  /** Layer names, which are also the checkpoint keys. `batchNorm` is empty when there is none. */
  readonly names: {
    readonly linear: string;
    readonly batchNorm: string;
    readonly activation: string;
    readonly classifier: string;
  };
  /** The weight of `linear` is stored as a 1x1 convolution [out, in, 1, 1]. The classifier's never is. */
  readonly linearIsConvolution: boolean;
}

/** Image to feature map. Built once for each model; the layers it makes belong to that model. */
export interface Backbone {
  /** E.g. `mobilenet-v3-large`. */
  readonly name: string;
  /** Channels C of the feature map. */
  readonly featureChannels: number;
  /** Input pixels per feature-map cell, e.g. 32. */
  readonly stride: number;
  /** The normalisation its weights were trained with. */
  readonly normalisation: PixelNormalisation;
  readonly padding: PaddingRule;
  /** Why its weights cannot learn, as the end of a sentence: a head learns on its cached feature maps. Default: they can. */
  readonly frozen?: string;
  /** What computes it, with its version, where that is not TensorFlow.js: other versions may round otherwise. */
  readonly computedBy?: string;
  readonly penultimate?: Penultimate;
  /** Layer name of the published network's classifier, where it has no `penultimate`. Default `classifier`. */
  readonly classifier?: string;
  /** [B, H, W, 3] -> [B, h, w, C]. Layer names are the checkpoint keys of the published weights. */
  apply(image: SymbolicTensor): SymbolicTensor;
  /** Of a backbone that has a class token: the same, and beside it the token, for heads that read it. */
  applyWithClassToken?(image: SymbolicTensor): FeaturesWithClassToken;
}

/** What a backbone with a class token gives. */
export interface FeaturesWithClassToken {
  /** [B, h, w, C] */
  readonly featureMap: SymbolicTensor;
  /** [B, C]: one vector for the whole image. */
  readonly classToken: SymbolicTensor;
}
