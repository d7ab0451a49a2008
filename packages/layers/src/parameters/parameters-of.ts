import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { ParametricLayer, type Parameter } from './parametric-layer.js';

/** The tfjs variable of a parameter, for optimisers and the gradient tape. */
export function variableOf({ variable }: Parameter): Variable {
  return variable.read() as Variable;
}

/**
 * All weights and buffers of a model in layer order, including nested models. Weights of other TensorFlow.js layers are
 * listed too, with the key layer name, dot, weight name; if a layer has several weights of one name (as a bidirectional
 * layer), the later ones have a number between the two. Unnamed layers are numbered within the model, `dense_1`: tfjs
 * counts over all models, so a rebuilt model would have other keys.
 */
export function parametersOf(model: LayersModel): Parameter[] {
  const counts = new Map<string, number>();
  return model.layers.flatMap((layer) => parametersOfLayer(layer, counts));
}

/**
 * The same of one layer.
 *
 * @param counts layers without a name so far, by their kind
 */
export function parametersOfLayer(layer: layers.Layer, counts = new Map<string, number>()): Parameter[] {
  if (layer instanceof ParametricLayer) return [...layer.parameters];
  if ('layers' in layer) {
    return (layer.layers as layers.Layer[]).flatMap((inner) => parametersOfLayer(inner, counts));
  }
  const trainable = new Set(layer.trainableWeights);
  const seen = new Map<string, number>();
  const name = nameOf(layer, counts);
  names.set(layer, name);
  return layer.weights.map((variable) => {
    const own = variable.originalName.split('/').pop()!;
    const before = countUp(seen, own) - 1;
    return {
      key: before > 0 ? `${name}.${before}.${own}` : `${name}.${own}`,
      variable,
      layout: 'plain' as const,
      trainable: trainable.has(variable),
      buffer: !trainable.has(variable),
    };
  });
}

const names = new WeakMap<layers.Layer, string>();

/** What a layer is called in the keys of its weights, once they were listed. */
export const nameInKeys = (layer: layers.Layer): string => names.get(layer) ?? layer.name;

/** tfjs calls a layer without a name by its kind in lower case, an underscore, and its kind with a number. */
function nameOf(layer: layers.Layer, counts: Map<string, number>): string {
  const kind = layer.getClassName();
  const [plain, numbered, ...more] = layer.name.split(`_${kind}`);
  const unnamed = more.length === 0 && /^\d+$/.test(numbered ?? '') && plain.replaceAll('_', '') === kind.toLowerCase(); // prettier-ignore
  return unnamed ? `${plain}_${countUp(counts, plain)}` : layer.name;
}

function countUp(counts: Map<string, number>, name: string): number {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count;
}
