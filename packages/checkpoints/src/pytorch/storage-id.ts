import type { PickleValue } from '../pickle/pickle-value.js';
import { isCount, StorageType } from './tensor-globals.js';
import { Storage } from './tensor-view.js';

/**
 * Reads the ids by which a checkpoint's pickle refers to its storages:
 * ('storage', type, key, device, number of elements[, view]).
 *
 * @returns the function for `unpickle`, and the blocks it has met by key
 */
export function storageIds(): { resolve: (id: PickleValue) => Storage; blocks: Map<string, Storage> } {
  const blocks = new Map<string, Storage>();
  const resolve = (id: PickleValue): Storage => {
    const [tag, type, key, , elements, view] = Array.isArray(id) ? id : [];
    if (
      tag !== 'storage' ||
      !(type instanceof StorageType) ||
      typeof key !== 'string' ||
      !isCount(elements)
    ) {
      throw new Error('it refers to what is not a storage');
    }
    const known = blocks.get(key);
    if (known && (known.dtype !== type.dtype || known.elements !== elements)) {
      throw new Error(`storage "${key}" is described in two ways`);
    }
    const block = known ?? new Storage(key, type.dtype, elements);
    blocks.set(key, block);
    return view === undefined || view === null ? block : partOf(block, view);
  };
  return { resolve, blocks };
}

/** Before version 0.4 a storage could be a part of another: (key of its own, first element, number of elements). */
function partOf({ key, dtype, elements }: Storage, view: PickleValue): Storage {
  const [, first, size] = Array.isArray(view) ? view : [];
  if (!isCount(first) || !isCount(size) || first + size > elements) {
    throw new Error(`a part of storage "${key}" leaves it`);
  }
  return new Storage(key, dtype, size, first);
}
