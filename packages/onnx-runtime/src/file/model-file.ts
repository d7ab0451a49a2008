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
