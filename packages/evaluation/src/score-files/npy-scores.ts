import type { FileHandle } from 'node:fs/promises';
import { NpyFile } from '@polytag/checkpoints';
import { CheckpointError, DataError } from '@polytag/core';
import type { ScoreRows } from './score-rows.js';

/** Elements that are read at a time. */
const CHUNK = 2 ** 19;

/**
 * Reads an array [N, K] of float32 or float64 whose rows are the images and whose columns the labels, both in the order
 * that is asked for.
 *
 * @throws DataError `data/npy`, `data/scores-shape`, and those of `ScoreRows.put`
 */
export async function readNpyScores(
  handle: FileHandle,
  path: string,
  rows: ScoreRows,
  report?: (bytes: number) => void,
): Promise<void> {
  const { labels, images } = rows;
  const { dtype, shape, fortranOrder, dataStart } = await layoutOf(path);
  const fault = (code: string, problem: string, hint: string) =>
    new DataError(code, `${path} ${problem}.`, { hint });
  if ((dtype !== 'F32' && dtype !== 'F64') || fortranOrder) {
    const found = fortranOrder ? 'an array in Fortran order' : `elements of type ${dtype}`;
    throw fault(
      'data/npy',
      `has ${found}; expected float32 or float64 in C order`,
      "Save it with numpy: np.save(file, np.ascontiguousarray(scores, dtype='<f4')).",
    );
  }
  if (shape.length !== 2 || shape[0] !== images.length || shape[1] !== labels.size) {
    const turned = shape[0] === labels.size && shape[1] === images.length;
    throw fault(
      'data/scores-shape',
      `has shape [${shape}]; expected [${images.length}, ${labels.size}] for ${images.length} images and ${labels.size} labels`,
      turned
        ? 'Transpose it: each row is an image.'
        : 'Each row is an image, in the order of the label file; each column is a label, in sorted order. CSV and JSONL files name them instead.',
    );
  }
  const Elements = dtype === 'F32' ? Float32Array : Float64Array;
  const values = new Float64Array(labels.size);
  const atATime = Math.max(1, Math.floor(CHUNK / labels.size));
  const chunk = new Elements(atATime * labels.size);
  const bytes = new Uint8Array(chunk.buffer);
  for (let image = 0; image < images.length;) {
    const some = Math.min(atATime, images.length - image);
    const size = some * labels.size * Elements.BYTES_PER_ELEMENT;
    const from = dataStart + image * labels.size * Elements.BYTES_PER_ELEMENT;
    for (let read = 0; read < size;) {
      const { bytesRead } = await handle.read(bytes, read, size - read, from + read);
      if (bytesRead === 0) throw fault('data/npy', 'became shorter while it was read', 'Read it again.');
      read += bytesRead;
    }
    for (let row = 0; row < some; row++, image++) {
      values.set(chunk.subarray(row * labels.size, (row + 1) * labels.size));
      rows.put(image, values, `row ${image}`);
    }
    report?.(from + size);
  }
}

async function layoutOf(path: string) {
  try {
    const file = await NpyFile.open(path);
    await file.close();
    return [...file.entries.values()][0];
  } catch (cause) {
    if (!(cause instanceof CheckpointError)) throw cause;
    throw new DataError('data/npy', cause.message, { hint: cause.hint, cause });
  }
}
