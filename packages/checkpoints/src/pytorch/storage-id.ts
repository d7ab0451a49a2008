import { PickledGlobal, PickledUnread, type PickleValue } from '../pickle/pickle-value.js';
import { isCount, StorageType } from './tensor-globals.js';
import { Storage } from './tensor-view.js';

/** A storage as the file holds it. */
export interface Block {
  readonly key: string;
  readonly type: StorageType;
  readonly elements: number;
}

export const blockBytes = ({ type, elements }: Block): number => type.elementBytes * elements;

/**
 * Reads the ids by which a checkpoint's pickle refers to its storages:
 * ('storage', type, key, device, number of elements[, view]). A storage of elements that nobody reads here is unread.
 *
 * @returns the function for `unpickle`, and the blocks it has met by key
 */
export function storageIds(): { resolve: (id: PickleValue) => PickleValue; blocks: Map<string, Block> } {
  const blocks = new Map<string, Block>();
  const resolve = (id: PickleValue): PickleValue => {
    const [tag, type, key, , elements, view] = Array.isArray(id) ? id : [];
    // Before 1.6 a saved network brought the source of its classes along.
    if (tag === 'module' && type instanceof PickledGlobal) return type;
    if (
      tag !== 'storage' ||
      !(type instanceof StorageType) ||
      typeof key !== 'string' ||
      !isCount(elements)
    ) {
      throw new Error('it refers to something that is not a storage');
    }
    const { dtype } = type;
    const block: Block = { key, type, elements };
    const known = blocks.get(key);
    if (known && !agree(known, block)) throw new Error(`storage "${key}" has two conflicting descriptions`);
    if (!known) blocks.set(key, block);
    if (dtype === undefined) return new PickledUnread(type.name);
    const whole = new Storage(key, dtype, elements);
    return view === undefined || view === null ? whole : partOf(whole, view);
  };
  return { resolve, blocks };
}

/** A storage may be met as a tensor's, and as plain bytes. */
const agree = (one: Block, other: Block): boolean =>
  blockBytes(one) === blockBytes(other) &&
  (one.type.dtype === other.type.dtype || one.type.dtype === undefined || other.type.dtype === undefined);

/** Before version 0.4 a storage could be a part of another: (key of its own, first element, number of elements). */
function partOf({ key, dtype, elements }: Storage, view: PickleValue): Storage {
  const [, first, size] = Array.isArray(view) ? view : [];
  if (!isCount(first) || !isCount(size) || first + size > elements) {
    throw new Error(`a part of storage "${key}" is outside the storage`);
  }
  return new Storage(key, dtype, size, first);
}
