import { layers, type LayersModel } from '@tensorflow/tfjs-layers';

/** A request of a TensorFlow.js layer to the training loop. */
export interface TrainingWish {
  /** Name of the layer. */
  readonly layer: string;
  readonly wish: 'a regulariser' | 'a constraint';
}

/**
 * Regularisers and constraints of layers, including wrappers, recurrent layers and nested models. TensorFlow.js's
 * `model.fit` adds the first to the loss and applies the second after each step. A constraint is also applied whenever
 * weights are written, so a model trained without it would change on loading.
 */
export function trainingWishes(model: LayersModel): TrainingWish[] {
  return allLayers(model, new Set()).flatMap((layer) => {
    const { name } = layer;
    const isModel = 'layers' in layer;
    const wishes: TrainingWish[] = [];
    if (!isModel && layer.losses.length > 0) wishes.push({ layer: name, wish: 'a regulariser' });
    const constrained = isModel ? [] : layer.weights.filter((weight) => isConstrained(weight));
    if (constrained.length > 0) wishes.push({ layer: name, wish: 'a constraint' });
    return wishes;
  });
}

const isConstrained = (weight: object): boolean => Boolean((weight as { constraint?: unknown }).constraint);

/** A layer and what it is made of: wrapped layers and cells are fields of their own. */
function allLayers(layer: layers.Layer, seen: Set<layers.Layer>): layers.Layer[] {
  if (seen.has(layer)) return [];
  seen.add(layer);
  const inner = Object.values(layer)
    .flat()
    .filter((value): value is layers.Layer => value instanceof layers.Layer);
  return [layer, ...inner.flatMap((each) => allLayers(each, seen))];
}
