import { CheckpointError, printable } from '@polytag/core';
import type { ByteSource } from '../bytes/byte-source.js';
import { PickleCut } from '../pickle/pickle-bytes.js';
import type { PickleValue } from '../pickle/pickle-value.js';
import { unpickle, type Unpickled, type UnpickleOptions } from '../pickle/unpickle.js';
import { MAX_PICKLE_BYTES, tooLarge } from './pickle-size.js';
import { blockBytes, storageIds } from './storage-id.js';
import { CHECKPOINT_GLOBALS } from './tensor-globals.js';
import { requireBlockSize, type TorchContainer } from './torch-container.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

/** What is read of a pickle at first; it grows until the pickle ends. */
const FIRST_BYTES = 64 * 1024;

/**
 * Before PyTorch 1.6, and with `_use_new_zipfile_serialization=False`: five pickles (magic number, version, a word
 * about the machine, the value, the keys of the storages), then for each key the number of elements as 64 bits and
 * the elements.
 */
export async function openLegacy(source: ByteSource): Promise<TorchContainer> {
  const { resolve, blocks } = storageIds();
  let position = 0;
  const next = async (persistent?: UnpickleOptions['persistent']): Promise<PickleValue> => {
    const { value, length } = await readPickle(source, position, { persistent });
    position += length;
    return value;
  };
  if ((await next()) !== MAGIC) throw foreign(source, 'it is a pickle, but was not written by torch.save');
  const version = await next();
  if (version !== VERSION) throw foreign(source, `its version is ${shown(version)}, expected ${VERSION}`);
  const machine = await next();
  if (machine instanceof Map && machine.get('little_endian') === false) {
    throw foreign(source, 'its byte order is not little-endian');
  }
  const value = await next(resolve);
  const keys = await next();
  if (!Array.isArray(keys)) throw foreign(source, 'it does not list its storages');
  const starts = new Map<string, number>();
  for (const key of keys as readonly PickleValue[]) {
    const block = typeof key === 'string' ? blocks.get(key) : undefined;
    if (!block || starts.has(block.key))
      throw foreign(source, `it lists a storage ${shown(key)} that no tensor uses`);
    const bytes = await source.read(position, 8);
    const elements = new DataView(bytes.buffer).getBigInt64(0, true);
    const { elementBytes } = block.type;
    requireBlockSize(source.name, block.key, blockBytes(block), Number(elements) * elementBytes);
    position += 8;
    starts.set(block.key, position);
    position += blockBytes(block);
    if (position > source.size) throw new PickleCut(source.name);
  }
  for (const block of blocks.values()) {
    if (!starts.has(block.key)) requireBlockSize(source.name, block.key, blockBytes(block), undefined);
  }
  return {
    format: 'pytorch-legacy',
    value,
    read: (key, begin, length) => source.read(starts.get(key)! + begin, length),
    close: () => source.close(),
  };
}

/** A pickle says where it ends only at its end: more and more of the file is read until it is there. */
async function readPickle(
  source: ByteSource,
  position: number,
  { persistent }: Pick<UnpickleOptions, 'persistent'>,
): Promise<Unpickled> {
  const left = source.size - position;
  for (let wanted = FIRST_BYTES; ; wanted *= 4) {
    const bytes = await source.read(position, Math.min(wanted, left));
    try {
      return unpickle(bytes, { source: source.name, globals: CHECKPOINT_GLOBALS, persistent });
    } catch (error) {
      if (!(error instanceof PickleCut) || wanted >= left) throw error;
      if (wanted >= MAX_PICKLE_BYTES) throw tooLarge(source.name);
    }
  }
}

/** A list is not written out: a few bytes of pickle can nest one without end. */
const shown = (value: PickleValue): string =>
  typeof value === 'string' || typeof value === 'number' ? printable(String(value), 60) : 'of another kind';

function foreign({ name }: ByteSource, why: string): CheckpointError {
  return new CheckpointError('checkpoint/format', `${name} is not a weight file: ${why}.`, {
    hint: "Save the weights in PyTorch with torch.save(model.state_dict(), 'weights.pth').",
  });
}
