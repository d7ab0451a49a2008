import { CheckpointError } from '@polytag/core';
import { unpickle } from '../pickle/unpickle.js';
import type { ZipArchive } from '../zip/zip-archive.js';
import { MAX_PICKLE_BYTES, tooLarge } from './pickle-size.js';
import { blockBytes, storageIds } from './storage-id.js';
import { CHECKPOINT_GLOBALS } from './tensor-globals.js';
import { requireBlockSize, type TorchContainer } from './torch-container.js';

const PICKLE = /^([^/]*\/)?data\.pkl$/;

/** Name of the pickle in an archive of `torch.save`; undefined when the archive is another. */
export const pickleMember = (zip: ZipArchive): string | undefined =>
  [...zip.members.keys()].find((name) => PICKLE.test(name));

/** Since PyTorch 1.6: NAME/data.pkl, NAME/data/KEY for each storage, NAME/byteorder; nothing is compressed. */
export async function openZipContainer(zip: ZipArchive, source: string): Promise<TorchContainer> {
  const pickle = pickleMember(zip);
  if (pickle === undefined) throw foreign(source, 'it has no data.pkl');
  const root = pickle.slice(0, -'data.pkl'.length);
  if (zip.members.has(`${root}constants.pkl`)) throw foreign(source, 'it is a TorchScript program');
  const order = `${root}byteorder`;
  if (zip.members.has(order) && new TextDecoder().decode(await zip.readStart(order, 16)) !== 'little') {
    throw foreign(source, 'its byte order is not little-endian');
  }
  if (zip.members.get(pickle)!.size > MAX_PICKLE_BYTES) throw tooLarge(source);
  const { resolve, blocks } = storageIds();
  const { value } = unpickle(await zip.readWhole(pickle), {
    source,
    globals: CHECKPOINT_GLOBALS,
    persistent: resolve,
  });
  for (const block of blocks.values()) {
    const { key } = block;
    const member = zip.members.get(`${root}data/${key}`);
    requireBlockSize(source, key, blockBytes(block), member?.size);
    if (!member!.stored) throw foreign(source, `storage "${key}" is compressed`);
  }
  return {
    format: 'pytorch-zip',
    value,
    read: (key, begin, length) => zip.readPart(`${root}data/${key}`, begin, length),
    close: () => zip.close(),
  };
}

function foreign(source: string, why: string): CheckpointError {
  return new CheckpointError('checkpoint/format', `${source} is an archive without weights: ${why}.`, {
    hint: "Save the weights in PyTorch with torch.save(model.state_dict(), 'weights.pth').",
  });
}
