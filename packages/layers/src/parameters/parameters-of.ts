import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { ParametricLayer, type Parameter } from './parametric-layer.js';

/**
 * All weights and buffers of a model, in layer order, those of models inside it too. Layers that are not
 * Polytag's (a user's own head of plain tfjs layers) are listed as well: key = layer name, dot, weight name;
 * stored as they are.
 */
export function parametersOf(model: LayersModel): Parameter[] {
  return model.layers.flatMap(parametersOfLayer);
}

/** The same of one layer. */
export function parametersOfLayer(layer: layers.Layer): Parameter[] {
  if (layer instanceof ParametricLayer) return [...layer.parameters];
  if ('layers' in layer) return (layer.layers as layers.Layer[]).flatMap(parametersOfLayer);
  const trainable = new Set(layer.trainableWeights);
  return layer.weights.map((variable) => ({
    key: `${layer.name}.${variable.originalName.split('/').pop()}`,
    variable,
    layout: 'plain' as const,
    trainable: trainable.has(variable),
    buffer: !trainable.has(variable),
  }));
}
