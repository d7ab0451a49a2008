import { CheckpointError, printable } from '@polytag/core';

/** The bytes of an ONNX file, and of the files that its weights are in where they are not inside. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  /** How errors name it. */
  readonly source: string;
  /** Where the file is, absolute; undefined of bytes in memory and in pages. */
  readonly path?: string;
}

/** An ONNX file of more than this cannot be: a message of protobuf ends there. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Bytes that a file of weights has at least, by its path as the ONNX file writes it. */
export type ExternalBytes = ReadonlyMap<string, number>;

/** @throws CheckpointError `checkpoint/onnx-external` where a file of weights ends before its last tensor */
export function assertHasWeights(source: string, name: string, size: number, needed: number): void {
  if (size >= needed) return;
  throw new CheckpointError(
    'checkpoint/onnx-external',
    `${source} has weights in another file, "${printable(name, 200)}", which has ${size} bytes: the weights end at byte ${needed}.`,
    { hint: 'That file is cut off or belongs to another model: copy both files again.' },
  );
}
