import type { layers } from '@tensorflow/tfjs-layers';
import type { OutputSpace } from '@polytag/core';
import { AngularLinear, Linear } from '@polytag/layers';

export interface ClassifierOptions {
  readonly name: string;
  readonly space: OutputSpace;
  /** Number of labels. */
  readonly units: number;
  readonly seed: number;
}

/** The last layer: linear with bias for logits, cosines to one direction a label otherwise. [B, F] -> [B, units]. */
export function classifier({ space, ...options }: ClassifierOptions): layers.Layer {
  return space === 'cosines' ? new AngularLinear(options) : new Linear(options);
}
