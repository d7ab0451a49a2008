import { CheckpointError } from '@polytag/core';
import { PickledRecord, PickledUnread, type PickleValue } from '../pickle/pickle-value.js';
import { TensorView } from './tensor-view.js';

/** Containers inside containers; a checkpoint with an optimiser has four. */
const MAX_DEPTH = 32;

/** Values looked at: a few bytes of pickle can share one list so often that its tree has no end. */
const MAX_VALUES = 200_000;

const MAX_KEY_LENGTH = 4096;

export interface NamedTensors {
  readonly tensors: Map<string, TensorView>;
  /** What would have made the values that are not read, by their names. */
  readonly unread: Map<string, string>;
}

/**
 * The tensors in a pickled value, in its order. A name is the keys of nested dicts and the positions in lists,
 * joined by a dot.
 *
 * @param source what errors call the file
 * @throws CheckpointError `checkpoint/duplicate-tensor`, `checkpoint/pickle-size`
 */
export function namedTensors(value: PickleValue, source: string): NamedTensors {
  const tensors = new Map<string, TensorView>();
  const unread = new Map<string, string>();
  /** What is being visited: an object may hold itself. */
  const around = new Set<PickleValue>();
  let visited = 0;
  const visit = (current: PickleValue, name: string, depth: number): void => {
    if (++visited > MAX_VALUES || depth > MAX_DEPTH || name.length > MAX_KEY_LENGTH) {
      throw new CheckpointError(
        'checkpoint/pickle-size',
        `${source}: values are nested too deeply or repeated too often.`,
        {
          hint: 'Save only the state_dict.',
        },
      );
    }
    if (current instanceof PickledUnread) return void unread.set(name, current.maker);
    if (current instanceof TensorView) {
      if (tensors.has(name)) {
        throw new CheckpointError(
          'checkpoint/duplicate-tensor',
          `${source} has two tensors named "${name}".`,
        );
      }
      tensors.set(name, current);
      return;
    }
    around.add(current);
    for (const [key, inner] of itemsOf(current)) {
      if (!isContainer(inner) || around.has(inner)) continue;
      visit(inner, depth === 0 ? String(key) : `${name}.${String(key)}`, depth + 1);
    }
    around.delete(current);
  };
  visit(value, '', 0);
  return { tensors, unread };
}

function isContainer(value: PickleValue): boolean {
  return (
    value instanceof TensorView ||
    value instanceof PickledUnread ||
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
