import { CheckpointError } from '@polytag/core';
import type { PickleValue } from '../pickle/pickle-value.js';
import { PickledRecord } from '../pickle/unpickle.js';
import { TensorView } from './tensor-view.js';

/** Containers inside containers; a checkpoint with an optimiser has four. */
const MAX_DEPTH = 32;

/** Values looked at: a few bytes of pickle can share one list so often that its tree has no end. */
const MAX_VALUES = 200_000;

const MAX_KEY_LENGTH = 4096;

/**
 * The tensors in a pickled value, in its order. A name is the keys of nested dicts and the positions in lists,
 * joined by a dot.
 *
 * @param source what errors call the file
 * @throws CheckpointError `checkpoint/duplicate-tensor`, `checkpoint/pickle-size`
 */
export function namedTensors(value: PickleValue, source: string): Map<string, TensorView> {
  const tensors = new Map<string, TensorView>();
  let visited = 0;
  const visit = (current: PickleValue, name: string, depth: number): void => {
    if (++visited > MAX_VALUES || depth > MAX_DEPTH || name.length > MAX_KEY_LENGTH) {
      throw new CheckpointError(
        'checkpoint/pickle-size',
        `${source} nests its values too deeply or too often.`,
        {
          hint: 'Save the state_dict alone.',
        },
      );
    }
    if (current instanceof TensorView) {
      if (tensors.has(name)) {
        throw new CheckpointError(
          'checkpoint/duplicate-tensor',
          `${source} has two tensors called "${name}".`,
        );
      }
      tensors.set(name, current);
      return;
    }
    for (const [key, inner] of itemsOf(current)) {
      if (isContainer(inner)) visit(inner, depth === 0 ? String(key) : `${name}.${String(key)}`, depth + 1);
    }
  };
  visit(value, '', 0);
  return tensors;
}

function isContainer(value: PickleValue): boolean {
  return (
    value instanceof TensorView ||
    value instanceof Map ||
    value instanceof PickledRecord ||
    Array.isArray(value)
  );
}

/** Keys that are no names (a tuple) hold no weights. */
function* itemsOf(value: PickleValue): Iterable<readonly [PickleValue, PickleValue]> {
  if (Array.isArray(value)) yield* value.entries() as Iterable<readonly [number, PickleValue]>;
  const dict = value instanceof PickledRecord ? value.attributes : value;
  if (!(dict instanceof Map)) return;
  for (const item of dict as ReadonlyMap<PickleValue, PickleValue>) {
    if (['string', 'number', 'bigint', 'boolean'].includes(typeof item[0])) yield item;
  }
}
