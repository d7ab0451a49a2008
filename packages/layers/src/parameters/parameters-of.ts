import type { LayersModel } from '@tensorflow/tfjs-layers';
import { ParametricLayer, type Parameter } from './parametric-layer.js';

/**
 * All weights and buffers of a model, in layer order. Layers that are not Polytag's (a user's own head of
 * plain tfjs layers) are listed too: key = layer name, dot, weight name; stored as they are.
 */
export function parametersOf(model: LayersModel): Parameter[] {
  return model.layers.flatMap((layer) => {
    if (layer instanceof ParametricLayer) return [...layer.parameters];
    const trainable = new Set(layer.trainableWeights);
    return layer.weights.map((variable) => ({
      key: `${layer.name}.${variable.originalName.split('/').pop()}`,
      variable,
      layout: 'plain' as const,
      trainable: trainable.has(variable),
      buffer: !trainable.has(variable),
    }));
  });
}
