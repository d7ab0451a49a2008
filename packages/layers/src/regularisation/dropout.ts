import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { fnv1a, type OnnxGraph, type OnnxLayer, type OnnxValue } from '@polytag/core';
import { dropout, maskSeedFrom } from '@polytag/ops';
import {
  ParametricLayer,
  type CallArguments,
  type ParametricLayerOptions,
} from '../parameters/parametric-layer.js';

export interface DropoutOptions extends ParametricLayerOptions {
  /** Share of elements set to 0 in training. */
  readonly rate: number;
}

/**
 * Seed of a layer's dropout mask at a training step.
 *
 * @param first number of elements of the whole batch before those of this call; default 0
 */
export function dropoutSeed(seed: number, layerName: string, step: number, first = 0): number {
  return maskSeedFrom(fnv1a(`${seed}/${layerName}/${step}`), first);
}

/**
 * Dropout: in training, sets elements to 0 with probability `rate` and divides the others by 1 − rate (Srivastava et
 * al., 2014). The mask depends only on (seed, layer name, `step` of the call, position in the batch). So a repeated
 * step, after a resume or in the second pass of SAM, has the same mask, however the batch is divided. Without `step`,
 * the layer counts its calls.
 */
export class Dropout extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagDropout';
  readonly rate: number;
  #calls = 0;

  constructor(options: DropoutOptions) {
    super(options);
    this.rate = options.rate;
  }

  override call(
    inputs: Tensor | Tensor[],
    { training = false, step, batchOffset = 0 }: CallArguments,
  ): Tensor {
    const x = this.only(inputs);
    if (!training || this.rate === 0) return x;
    const first = batchOffset * (x.size / x.shape[0]);
    return dropout(x, this.rate, dropoutSeed(this.seed, this.name, step ?? this.#calls++, first));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  toOnnx(_: OnnxGraph, [{ name }]: readonly OnnxValue[]): string {
    return name;
  }

  override getConfig() {
    return { ...super.getConfig(), rate: this.rate };
  }
}

serialization.registerClass(Dropout);
