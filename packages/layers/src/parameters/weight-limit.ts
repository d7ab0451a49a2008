import type { LayerVariable } from '@tensorflow/tfjs-layers';

interface Limit {
  left: number;
  readonly refuse: () => Error;
  readonly made: LayerVariable[];
}

let current: Limit | undefined;

/** What a weight counts at least: many small ones cost memory and time, too. */
const SMALLEST = 64;

/**
 * Limits the total number of weight elements while layers are built, so that the size of a network from a file is known
 * before memory is allocated.
 *
 * @param elements maximum number of elements of all weights of Polytag's layers
 * @param refuse creates the error for a larger network; its layers are freed
 */
export function withWeightLimit<Result>(elements: number, refuse: () => Error, make: () => Result): Result {
  const before = current;
  const limit: Limit = { left: elements, refuse, made: [] };
  current = limit;
  try {
    return make();
  } catch (error) {
    limit.made.forEach((variable) => variable.dispose());
    throw error;
  } finally {
    current = before;
  }
}

/** Counts a weight before it is made. */
export function makeWeight(shape: readonly number[], make: () => LayerVariable): LayerVariable {
  const limit = current;
  if (!limit) return make();
  limit.left -= Math.max(
    SMALLEST,
    shape.reduce((product, extent) => product * extent, 1),
  );
  // An extent that is no number leaves none.
  if (!(limit.left >= 0)) throw limit.refuse();
  const variable = make();
  limit.made.push(variable);
  return variable;
}
