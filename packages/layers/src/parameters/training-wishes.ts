import { layers, type LayersModel } from '@tensorflow/tfjs-layers';

/** What a stock layer of TensorFlow.js asks of the loop that trains it. */
export interface TrainingWish {
  /** Its name. */
  readonly layer: string;
  readonly wish: 'a regulariser' | 'a constraint';
}

/**
 * Regularisers and constraints of layers, those inside wrappers, recurrent layers and models too. TensorFlow.js's own
 * `model.fit` adds the first to the loss and applies the second after each step; a constraint is also applied whenever
 * weights are written, so that a model whose training did not keep to it is another one once it is loaded.
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
