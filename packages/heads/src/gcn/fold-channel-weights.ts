import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { GraphReweighting } from './graph-reweighting.js';

function graphsIn(container: { readonly layers: layers.Layer[] }): GraphReweighting[] {
  return container.layers.flatMap((layer) => {
    if (layer instanceof GraphReweighting) return [layer];
    return 'layers' in layer ? graphsIn(layer as layers.Layer & { layers: layers.Layer[] }) : [];
  });
}

/**
 * Replaces the graph of a model by the channel weights it leads to, which do not depend on the image: inference then
 * costs what a linear head costs. A call in training, and weights that are assigned anew, undo it.
 *
 * @returns the channel weights, [1, F], which stay the head's own, or undefined when the model has no graph head
 */
export function foldChannelWeights(model: LayersModel): Tensor2D | undefined {
  const [graph] = graphsIn(model);
  return graph?.fold();
}
