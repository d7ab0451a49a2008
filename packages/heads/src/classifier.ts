import type { layers } from '@tensorflow/tfjs-layers';
import type { LabelReordering, OutputSpace } from '@polytag/core';
import { alongAxes, AngularLinear, Linear } from '@polytag/layers';

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

/** How the classifier's weight, [K, F] or for cosines [F, K], and its bias [K] follow the labels. */
export function classifierByLabel(
  key: string,
  { name, space }: Pick<ClassifierOptions, 'name' | 'space'>,
): LabelReordering | undefined {
  if (key === `${name}.weight`) return alongAxes(space === 'cosines' ? 1 : 0);
  return key === `${name}.bias` ? alongAxes(0) : undefined;
}
