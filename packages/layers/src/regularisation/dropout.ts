import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { fnv1a } from '@polytag/core';
import { dropout } from '@polytag/engine';
import {
  ParametricLayer,
  type CallArguments,
  type ParametricLayerOptions,
} from '../parameters/parametric-layer.js';

export interface DropoutOptions extends ParametricLayerOptions {
  /** Share of elements set to 0 in training. */
  readonly rate: number;
}

/** Seed of a layer's dropout mask at a training step; of replica `replica` where several share a batch. */
export function dropoutSeed(seed: number, layerName: string, step: number, replica = 0): number {
  return fnv1a(`${seed}/${layerName}/${step}${replica === 0 ? '' : `/${replica}`}`);
}

/**
 * In training sets elements to 0 with probability `rate` and divides the others by 1 − rate (Srivastava et al.,
 * 2014); else changes nothing. The mask is a pure function of (seed, layer name, `step` and `replica` of the call), so a
 * step that is run again, in a resumed run or in the second pass of SAM, sees the same mask. A call without `step` counts its
 * own steps.
 */
export class Dropout extends ParametricLayer {
  static readonly className = 'PolytagDropout';
  readonly rate: number;
  #calls = 0;

  constructor(options: DropoutOptions) {
    super(options);
    this.rate = options.rate;
  }

  override call(inputs: Tensor | Tensor[], { training = false, step, replica }: CallArguments): Tensor {
    const x = this.only(inputs);
    if (!training || this.rate === 0) return x;
    return dropout(x, this.rate, dropoutSeed(this.seed, this.name, step ?? this.#calls++, replica));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  override getConfig() {
    return { ...super.getConfig(), rate: this.rate };
  }
}

serialization.registerClass(Dropout);
