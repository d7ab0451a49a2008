import { CheckpointError } from '@polytag/core';
import { foreignContent } from '@polytag/files';
import { openFile, type ByteSource } from '../bytes/byte-source.js';
import { NPY_MAGIC } from '../npy/npy-layout.js';
import { NpyFile } from '../npy/npy-file.js';
import { NpzFile } from '../npy/npz-file.js';
import { PytorchFile, type PytorchFileOptions } from '../pytorch/pytorch-file.js';
import { noContainer } from '../pytorch/state-dict.js';
import { pickleMember } from '../pytorch/zip-container.js';
import { SafetensorsFile } from '../safetensors/safetensors-file.js';
import { ZipArchive } from '../zip/zip-archive.js';
import type { Checkpoint } from './checkpoint.js';
import { describedAs } from './described-as.js';

/** As far as a tar archive has its signature. */
const SNIFFED_BYTES = 262;

/**
 * Opens a weights file in any format: `.pth` of `torch.save` (new or old), `.safetensors`, `.npz`, `.npy`. The format
 * is detected from the content, not from the name. Tensors are read on request; close the file when done.
 *
 * @param options.container key of the dict of weights, or a prefix of their keys (see `PytorchFileOptions`)
 * @throws CheckpointError `checkpoint/format` for any other format, `checkpoint/container` if the given container does
 * not exist, and those of the readers
 */
export async function openCheckpoint(path: string, options: PytorchFileOptions = {}): Promise<Checkpoint> {
  const source = await openFile(path);
  try {
    return await checkpointIn(source, options);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Opens weights from an open source, which is closed with them. */
export async function checkpointIn(
  source: ByteSource,
  options: PytorchFileOptions = {},
): Promise<Checkpoint> {
  const start = await source.read(0, Math.min(SNIFFED_BYTES, source.size));
  const begins = (...bytes: readonly number[]) => bytes.every((byte, i) => start[i] === byte);
  // The JSON header of a safetensors file comes after its length, whose lowest byte may be that of a pickle or an archive.
  if (start[8] === 0x7b && [4, 5, 6, 7].every((byte) => start[byte] === 0))
    return narrowed(await SafetensorsFile.in(source), options);
  if (begins(0x50, 0x4b)) {
    const zip = await ZipArchive.in(source);
    const members = [...zip.members.keys()];
    return pickleMember(zip) === undefined && members.some((name) => name.endsWith('.npy'))
      ? narrowed(await NpzFile.in(source, zip), options)
      : PytorchFile.inZip(source, zip, options);
  }
  if (begins(0x80)) return PytorchFile.inLegacy(source, options);
  if (begins(...NPY_MAGIC)) return narrowed(await NpyFile.in(source), options);
  if (start[8] === 0x7b) return narrowed(await SafetensorsFile.in(source), options);
  throw unknownFormat(source.name, start);
}

/** The tensors whose keys begin with the name of a container: these formats have no dicts in them. */
function narrowed(file: Checkpoint, { container }: PytorchFileOptions): Checkpoint {
  if (container === undefined) return file;
  const entries = new Map([...file.entries].filter(([key]) => key.startsWith(`${container}.`)));
  if (entries.size === 0) throw noContainer(file.path, container, [...file.entries.keys()]);
  const { path, format, classNames } = file;
  return {
    path,
    format,
    classNames,
    container,
    entries,
    async read(key) {
      describedAs(key, entries, path);
      return file.read(key);
    },
    close: () => file.close(),
  };
}

function unknownFormat(name: string, start: Uint8Array): CheckpointError {
  const foreign = foreignContent(start);
  const isTar = new TextDecoder('latin1').decode(start).slice(257).startsWith('ustar');
  return new CheckpointError(
    'checkpoint/format',
    `${name} ${foreign ? `${foreign.is}, ` : 'is '}not a weight file in a known format.`,
    {
      hint: isTar
        ? 'It is a tar archive, as written by PyTorch before 0.1.11: load it in PyTorch and save it again.'
        : (foreign?.hint ?? 'Supported: .pth of torch.save, .safetensors, .npz, .npy.'),
    },
  );
}
