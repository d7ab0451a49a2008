// A convolution or linear map with the batch norm and the activation that follow it, as one operation for inference:
// batch norm on fixed statistics is y = z·scale + shift for each channel, and z is linear in the weight, so the scale
// goes into the weight and the shift into a bias (Jacob et al., "Quantization and Training of Neural Networks for
// Efficient Integer-Arithmetic-Only Inference", 2018, section 3.2).
// It holds at the borders too, under either padding rule: the zeros are added to the input, which stays as it is;
// only a shift before the convolution would have to be padded with something else.
import { keep, mul, reshape, tidy, zeros, add, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { valueIdentity, type PointwiseActivation } from '@polytag/ops';
import { Activation } from '../activation/activation.js';
import { Convolution2D } from '../convolution/convolution-2d.js';
import { DepthwiseConvolution2D } from '../convolution/depthwise-convolution-2d.js';
import { Linear } from '../linear/linear.js';
import { Abn } from '../normalisation/abn.js';
import { BatchNorm } from '../normalisation/batch-norm.js';
import { ParametricLayer, type Parameter } from '../parameters/parametric-layer.js';
import { LayerScale } from '../tokens/layer-scale.js';

export type LinearMap = Convolution2D | DepthwiseConvolution2D | Linear;

/** Not of a subclass: what that computes is not known. */
const isExactly = <T extends layers.Layer>(
  layer: layers.Layer,
  kind: new (...options: never[]) => T,
): layer is T => layer.constructor === kind;

export const isLinearMap = (layer: layers.Layer): layer is LinearMap =>
  isExactly(layer, Convolution2D) || isExactly(layer, DepthwiseConvolution2D) || isExactly(layer, Linear);

const isBatchNorm = (layer: layers.Layer): layer is BatchNorm =>
  isExactly(layer, BatchNorm) || isExactly(layer, Abn);

const isLayerScale = (layer: layers.Layer): layer is LayerScale => isExactly(layer, LayerScale);

/**
 * How many of the layers after a linear map are folded into it: none, a batch norm, an activation, or both in turn, or
 * LayerScale.
 */
export function foldable(followers: readonly layers.Layer[]): number {
  const [first, second] = followers;
  if (!first) return 0;
  if (isExactly(first, Activation) || isLayerScale(first)) return 1;
  if (!isBatchNorm(first)) return 0;
  return first.activation === 'identity' && second && isExactly(second, Activation) ? 2 : 1;
}

/**
 * A linear layer or convolution for inference, with the following layers folded into weight and bias, except the
 * activation.
 */
export interface FoldedMap {
  /** Undefined if the layer's own weight is used. */
  readonly weight?: Tensor;
  /** Undefined if the layer's own bias is used, or there is none. */
  readonly bias?: Tensor1D;
  readonly activation: PointwiseActivation;
  /** Slope of leaky ReLU. */
  readonly slope?: number;
}

/**
 * Folds the layers after a linear layer into new tensors, which the caller must dispose.
 *
 * @param followers the layers counted by `foldable`: none, batch norm, activation, or both
 */
export function foldedMap(map: LinearMap, followers: readonly layers.Layer[]): FoldedMap {
  const affine = followers.find((layer) => isBatchNorm(layer) || isLayerScale(layer));
  const last = followers.at(-1) as Partial<BatchNorm | Activation> | undefined;
  const end = { activation: last?.activation ?? 'identity', slope: last?.slope } as const;
  if (!affine) return end;
  return tidy(() => {
    const bias = biasOf(map)?.variable.read();
    const { scale, shift } = isLayerScale(affine)
      ? { scale: affine.factors, shift: undefined }
      : affine.affine();
    const { variable, layout } = map.parameters[0];
    // [.., in, out], but [kh, kw, C, 1] of a depthwise convolution.
    const factors = layout === 'depthwise' ? reshape(scale, [scale.size, 1]) : scale;
    const scaled = bias && mul<Tensor1D>(bias, scale);
    const moved = scaled && shift ? add<Tensor1D>(shift, scaled) : (scaled ?? shift);
    return { weight: keep(mul(variable.read(), factors)), bias: moved && keep(moved), ...end };
  });
}

/** Bias of a linear layer, if it has one. */
export const biasOf = (map: LinearMap): Parameter | undefined =>
  map.parameters.find(({ key }) => key === `${map.name}.bias`);

export class FusedLayer {
  readonly #map: LinearMap;
  readonly #folded: FoldedMap;
  readonly #sources: readonly Parameter[];
  readonly #identities: readonly ReturnType<typeof valueIdentity>[];

  /** @param followers what `foldable` counted: the batch norm, the activation or both that come after the map */
  constructor(map: LinearMap, followers: readonly layers.Layer[]) {
    this.#map = map;
    const learned = followers.filter((layer) => layer instanceof ParametricLayer);
    this.#sources = [...map.parameters, ...learned.flatMap(({ parameters }) => parameters)];
    this.#identities = this.#sources.map(({ variable }) => valueIdentity(variable.read()));
    const folded = foldedMap(map, followers);
    // The kernel wants a bias.
    const bias = folded.bias ?? (biasOf(map) ? undefined : keep(zeros([channelsOf(map)]) as Tensor1D));
    this.#folded = { ...folded, bias };
  }

  get name(): string {
    return this.#map.name;
  }

  /** Whether the folded weights are numbers: a negative variance or an overflow leaves some that are not. */
  isFinite(): boolean {
    const { weight, bias } = this.#folded;
    return [weight, bias].every((values) => values === undefined || values.dataSync().every(Number.isFinite));
  }

  /** False after a weight or a statistic was assigned or updated. */
  get current(): boolean {
    return this.#sources.every(({ variable }, i) => {
      const { buffer, writes } = valueIdentity(variable.read());
      return buffer === this.#identities[i].buffer && writes === this.#identities[i].writes;
    });
  }

  call(x: Tensor): Tensor {
    // Without a batch norm the layer's own weights serve.
    const [weight, bias] = this.#map.parameters;
    const { activation, slope } = this.#folded;
    return this.#map.fused(x, this.#folded.weight ?? weight.variable.read(), {
      bias: this.#folded.bias ?? (bias.variable.read() as Tensor1D),
      activation,
      slope,
    });
  }

  dispose(): void {
    this.#folded.weight?.dispose();
    this.#folded.bias?.dispose();
  }
}

function channelsOf(map: LinearMap): number {
  const shape = map.parameters[0].variable.shape as number[];
  return map instanceof DepthwiseConvolution2D ? shape[2] : shape[shape.length - 1];
}
