import type { layers } from '@tensorflow/tfjs-layers';
import { PartError, PolytagError, reasonOf } from '@polytag/core';
import { withGradientOwner, type GradientOwner } from '@polytag/ops';

const titles = new WeakMap<layers.Layer, string>();

/**
 * Records that layers belong to a part of the user's own, so that errors in them name it.
 *
 * @param title see `partTitle` of @polytag/core
 */
export function markOwnLayers(all: Iterable<layers.Layer>, title: string): void {
  for (const layer of all) titles.set(layer, title);
}

/** A layer of the user's own part in errors, e.g. `layer "norm" (BatchNormalization) of the head "mean"`; undefined for others. */
export function ownLayerTitle(layer: layers.Layer): string | undefined {
  const title = titles.get(layer);
  return title && `${layerTitle(layer)} of the ${title}`;
}

const layerTitle = (layer: layers.Layer): string => `layer "${layer.name}" (${layer.getClassName()})`;

/**
 * Runs a layer. What TensorFlow.js throws in it, then or in its gradient, names the layer and the part, if that is the
 * user's own.
 *
 * @throws PartError `part/threw`, in the gradient `part/no-gradient`; a `PolytagError` as it is
 */
export function runLayer<T>(layer: layers.Layer, run: () => T): T {
  const title = titles.get(layer);
  if (title === undefined) return run();
  try {
    return withGradientOwner(ownerOf(layer, title), run);
  } catch (cause) {
    if (cause instanceof PolytagError) throw cause;
    throw new PartError('part/threw', `The ${title}: the ${layerTitle(layer)} failed: ${reasonOf(cause)}`, {
      hint: 'Give the layer other options or inputs, or use another layer. If it is a layer of your own, fix its call.',
      cause,
    });
  }
}

const ownerOf = (layer: layers.Layer, title: string): GradientOwner => ({
  title: `${layerTitle(layer)} of the ${title}`,
  fault: (cause) =>
    cause instanceof PolytagError
      ? cause
      : new PartError(
          'part/no-gradient',
          `The ${title} cannot be differentiated: the gradient of the ${layerTitle(layer)} failed: ${reasonOf(cause)}`,
          {
            hint: 'Give the layer other options, or use layers and operations that have a gradient: docs/engines.md lists those of TensorFlow.js that do not.',
            cause,
          },
        ),
});
